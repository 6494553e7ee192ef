"""The heat map as a component: a click or Enter on a name, fold or column head becomes a value, without a reload."""

from __future__ import annotations

from typing import Any

import streamlit as st

ACTS = ("trend", "fold", "sort")

# Links keep their address, so that a new tab and a page without scripts work, too. After a fold or a sort the focus
# and the place of the frame stay where they were.
_SCRIPT = """
export default function (component) {
  const { parentElement, data, setTriggerValue } = component
  let holder = parentElement.querySelector(".q-heat-holder")
  if (!holder) {
    holder = document.createElement("div")
    holder.className = "q-heat-holder"
    parentElement.appendChild(holder)
  }
  if (holder.dataset.state !== data.state) {
    const frame = holder.querySelector(".q-frame")
    const place = frame ? [frame.scrollLeft, frame.scrollTop] : [0, 0]
    const active = holder.contains(document.activeElement) ? document.activeElement.dataset.act : null
    holder.innerHTML = data.table
    holder.dataset.state = data.state
    const next = holder.querySelector(".q-frame")
    if (next) [next.scrollLeft, next.scrollTop] = place
    const again = active && [...holder.querySelectorAll("[data-act]")].find((each) => each.dataset.act === active)
    if (again) again.focus({ preventScroll: true })
  }
  holder.onclick = (event) => {
    const target = event.target.closest("[data-act]")
    if (!target || event.metaKey || event.ctrlKey || event.shiftKey || event.button) return
    event.preventDefault()
    setTriggerValue("act", target.dataset.act)
  }
}
"""


def linked_table(table: str, state: str) -> tuple[str, str] | None:
    """Show markup of `heat_table`; what was just done and to what (`fold`, `acute`). `state` names what it shows."""
    component: Any = st.components.v2.component("quorum_heat_map", js=_SCRIPT, isolate_styles=False)
    result = component(data={"table": table, "state": state}, key="q-heat-map", on_act_change=_nothing)
    act = getattr(result, "act", None)
    if not isinstance(act, str) or ":" not in act:
        return None
    name, _, what = act.partition(":")
    return (name, what) if name in ACTS else None


def _nothing() -> None:
    """A trigger needs a callback to be reported; the page acts on the returned value."""
