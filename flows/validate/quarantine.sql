-- quarantine: one row per row that was set aside, with its reason and its mapped content; encrypted store only.
select
    row_fault.row_number,
    row_fault.reason,
    to_json(collected)::varchar as content
from row_fault
join collected on row_fault.row_number = collected.row_number
order by row_fault.row_number
