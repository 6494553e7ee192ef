-- quarantine: one row per row that was set aside, with its reason and its mapped content; encrypted store only.
select
    row_fault.reason,
    to_json(collected)::varchar as content
from row_fault
join collected on row_fault.row_number = collected.row_number
union all
select
    set_aside.reason,
    set_aside.content
from set_aside
order by reason, content
