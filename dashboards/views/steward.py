"""The steward's page: account of rows, audits, retention, by wave. Counts of the whole organisation only."""

from __future__ import annotations

import streamlit as st

from dashboards import parts
from dashboards.frame import View
from dashboards.language import say, say_n
from dashboards.wave_reports import account_table, audit_card, read_reports, refused_card


def content(view: View) -> None:
    """Lay out the page; for anybody else it says whose page this is."""
    if not view.scope.is_steward or view.settings.reports_dir is None:
        st.html(parts.page(parts.head(say("steward"), say("steward_only_title"), say("steward_only"))))
        return
    reports = read_reports(view.settings.reports_dir, [wave.wave_id for wave in view.shelf.waves])
    st.html(parts.page(parts.head(say("steward"), say_n("steward_title", len(reports)), say("steward_lead"))))
    if not reports:
        st.html(parts.page(parts.paragraph(say("no_reports"))))
        return
    st.html(parts.page(account_table(reports)))
    st.html(parts.page(parts.grid([audit_card(reports[-1]), refused_card(view.shelf)], "2")))
