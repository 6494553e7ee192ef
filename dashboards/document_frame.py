"""What Streamlit has no setting for: the language of the document and of what it says to screen readers itself, and a
link that skips the navigation.

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
  window.quorumWords = data.words
  const said = window.quorumSaid || (window.quorumSaid = new WeakMap())
  const reword = (element, name) => {
    const known = said.get(element) || {}
    const now = element.getAttribute(name)
    if (known[name] === undefined || now !== known[name].ours) known[name] = { first: now }
    const first = known[name].first
    let ours = window.quorumWords[first]
    if (ours === undefined) {
      const start = Object.keys(window.quorumWords).find((each) => each.endsWith(" ") && first.startsWith(each))
      ours = start ? window.quorumWords[start] + first.slice(start.length) : first
    }
    known[name].ours = ours
    said.set(element, known)
    if (now !== ours) element.setAttribute(name, ours)
  }
  const mend = () => {
    for (const each of document.querySelectorAll("[aria-label]:not(.q-page *):not(.q-heat *)"))
      reword(each, "aria-label")
    for (const list of document.querySelectorAll("[data-testid=stSidebarNavItems], [data-testid=stSidebarNavItems] li"))
      if (list.getAttribute("role") !== "presentation") list.setAttribute("role", "presentation")
  }
  window.quorumMend = mend
  mend()
  if (!window.quorumMends) {
    window.quorumMends = new MutationObserver(() => requestAnimationFrame(() => window.quorumMend()))
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
    component(data={"language": spoken(), "skip": say("skip_link"), "words": _chrome_words()}, key="q-document")


def _chrome_words() -> dict[str, str]:
    """Labels that Streamlit writes into its controls in English, with ours; one that ends with a blank is a start."""
    if spoken() == "en":
        return {}
    return {
        "Navigate to home page": say("chrome_home"),
        "App pages": say("chrome_pages"),
        "Open": say("chrome_open"),
        "Clear all": say("chrome_clear_all"),
        "Clear value": say("chrome_clear_value"),
        "Selected values": say("chrome_selected"),
        "Choose date": say("chrome_choose_date"),
        "Remove ": say("chrome_remove"),
        "year, ": say("chrome_year"),
        "month, ": say("chrome_month"),
        "day, ": say("chrome_day"),
        "X-axis for a linear scale with values from ": say("chrome_axis_x"),
        "Y-axis for a linear scale with values from ": say("chrome_axis_y"),
    }
