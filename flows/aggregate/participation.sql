-- participation: one row per unit in which somebody answered; respondents_n in people.
select
    unit_id,
    count(*)::bigint as respondents_n
from response
group by unit_id
order by unit_id
