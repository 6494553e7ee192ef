-- crowded_unit: one row per unit with more answers than people; is_refused above 1.2 x eligible_n + 3.
select
    response_count.unit_id,
    response_count.answers_n,
    known_unit.eligible_n,
    response_count.answers_n > 1.2 * known_unit.eligible_n + 3 as is_refused
from (
    select unit_id, count(*) as answers_n
    from response
    group by unit_id
) as response_count
join known_unit on response_count.unit_id = known_unit.unit_id
where response_count.answers_n > known_unit.eligible_n
order by response_count.unit_id
