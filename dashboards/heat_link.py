"""The heat map as a component: a click on a group's name becomes a value, so that the page changes without a reload."""

from __future__ import annotations

from typing import Any

import streamlit as st

# Links keep their address, so that a new tab and a page without scripts work, too.
_SCRIPT = """
export default function (component) {
  const { parentElement, data, setTriggerValue } = component
  let holder = parentElement.querySelector(".q-heat-holder")
  if (!holder) {
    holder = document.createElement("div")
    holder.className = "q-heat-holder"
    parentElement.appendChild(holder)
  }
  if (holder.dataset.wave !== data.state) {
    holder.innerHTML = data.table
    holder.dataset.wave = data.state
  }
  holder.onclick = (event) => {
    const link = event.target.closest("a[data-group]")
    if (!link || event.metaKey || event.ctrlKey || event.shiftKey || event.button) return
    event.preventDefault()
    setTriggerValue("group", link.dataset.group)
  }
}
"""


def linked_table(table: str, state: str) -> str | None:
    """Show markup of `heat_table`; returns the group that was just opened. `state` names what the table shows."""
    component: Any = st.components.v2.component("quorum_heat_map", js=_SCRIPT, isolate_styles=False)
    result = component(data={"table": table, "state": state}, key="q-heat-map", on_group_change=_nothing)
    opened = getattr(result, "group", None)
    return opened if isinstance(opened, str) else None


def _nothing() -> None:
    """A trigger needs a callback to be reported; the page acts on the returned value."""
