"""What Streamlit has no setting for: the language of the document, and a link that skips the navigation.

On narrow screens its navigation is a list whose children are no items; screen readers are told that it is none.
"""

from __future__ import annotations

from typing import Any

import streamlit as st

from dashboards.language import say, spoken

_SCRIPT = """
export default function (component) {
  const { data } = component
  document.documentElement.lang = data.language
  let link = document.getElementById("q-skip")
  if (!link) {
    link = document.createElement("a")
    link.id = "q-skip"
    link.className = "q-skip"
    link.href = "#q-skip"
    document.body.prepend(link)
  }
  const mend = () => {
    for (const list of document.querySelectorAll("[data-testid=stSidebarNavItems], [data-testid=stSidebarNavItems] li"))
      if (list.getAttribute("role") !== "presentation") list.setAttribute("role", "presentation")
  }
  mend()
  if (!window.quorumMends) {
    window.quorumMends = new MutationObserver(() => requestAnimationFrame(mend))
    window.quorumMends.observe(document.body, { childList: true, subtree: true })
  }
  link.textContent = data.skip
  link.onclick = (event) => {
    event.preventDefault()
    const main = document.querySelector("[data-testid=stMain]")
    const title = document.querySelector("[data-testid=stMain] h1") || main
    title.tabIndex = -1
    title.focus()
    title.scrollIntoView({ block: "start" })
  }
}
"""


def document_frame() -> None:
    """Set both for the language of the page; draws nothing where it stands."""
    component: Any = st.components.v2.component("quorum_document", js=_SCRIPT, isolate_styles=False)
    component(data={"language": spoken(), "skip": say("skip_link")}, key="q-document")
