-- value_fault: one row per cell outside its code set in a row that was accepted; not linked to the row.
select
    value_fault_row.item_id,
    'outside_code_set' as reason,
    value_fault_row.value
from value_fault_row
anti join row_fault on value_fault_row.row_number = row_fault.row_number
order by value_fault_row.item_id, value_fault_row.value
