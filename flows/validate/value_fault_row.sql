-- value_fault_row: one row per cell outside its code set; row_number only until the row itself is judged.
select
    row_number,
    item_id,
    value
from (
    unpivot faulty_wide on columns(* exclude (row_number)) into name item_id value value
)
order by row_number, item_id
