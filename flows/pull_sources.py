"""Pull what the settings name for a wave from its survey tools, into the restricted zone."""

from __future__ import annotations

from flows.collect.pulls import credentials_of
from flows.collect.sealed import seal
from flows.keys import wave_key
from flows.workbench import Workbench, api_sources_of

__all__ = ["pull_sources"]


def pull_sources(bench: Workbench) -> int:
    """Every configured survey of the wave, encrypted under the wave's key. Returns how many there are.

    Raises PullFailed or PullMayPass naming the server, KeyMissing where there are no credentials.
    """
    sources = api_sources_of(bench, ())
    if not sources:
        return 0
    store = bench.zones.wave_store(bench.wave_id)
    key = wave_key(bench.zones, bench.settings.key_store, bench.wave_id, may_make=not store.exists())
    for number, source in enumerate(sources, start=1):
        credentials = credentials_of(source.credentials)
        if source.kind == "limesurvey_api":
            from flows.collect.pull_limesurvey import pull_limesurvey

            content = pull_limesurvey(source, credentials)
        else:
            from flows.collect.pull_redcap import pull_redcap

            content = pull_redcap(source, credentials)
        seal(bench.zones, bench.wave_id, number, content, key)
    return len(sources)
