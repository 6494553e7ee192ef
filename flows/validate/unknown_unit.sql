-- unknown_unit: one row per unit label that no unit has, with the number of rows that carry it.
select
    collected.unit as unit_label,
    count(*) as rows_n
from row_fault
join collected on row_fault.row_number = collected.row_number
where row_fault.reason = 'unknown_unit'
group by collected.unit
order by rows_n desc, unit_label
