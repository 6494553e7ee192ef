-- row_fault: one row per collected row that cannot be counted for any unit; reason, without any answer.
select
    collected.row_number,
    case
        when collected.unit is null then 'missing_unit'
        else 'unknown_unit'
    end as reason
from collected
left join known_unit on collected.unit = known_unit.unit_id
where known_unit.unit_id is null
order by collected.row_number
