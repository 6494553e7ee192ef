-- breakdown_cell: one row per unit, breakdown value and measure that has scores there; additive. score_sum in score units.
with per_unit as (
    select
        unit_id,
        breakdown,
        struct_pack(
            respondents_n := count(columns('^score_(.*)$')),
            score_sum := sum(columns('^score_(.*)$'))
        ) as 'score_\1'
    from scored_response
    where breakdown is not null
    group by unit_id, breakdown
),

score_cell as (
    unpivot per_unit on columns(* exclude (unit_id, breakdown)) into name column_name value figures
),

per_unit_risk as (
    select unit_id, breakdown, sum(columns('^risk_(.*)$'))::bigint as 'risk_\1'
    from scored_response
    where breakdown is not null
    group by unit_id, breakdown
),

risk_cell as (
    unpivot per_unit_risk on columns(* exclude (unit_id, breakdown)) into name column_name value at_risk_n
)

select
    score_cell.unit_id,
    score_cell.breakdown as breakdown_value,
    score_cell.column_name[7:] as measure_id,
    score_cell.figures.respondents_n::bigint as respondents_n,
    score_cell.figures.score_sum::bigint as score_sum,
    coalesce(risk_cell.at_risk_n, 0)::bigint as at_risk_n
from score_cell
left join risk_cell
    on score_cell.unit_id = risk_cell.unit_id
    and score_cell.breakdown = risk_cell.breakdown
    and score_cell.column_name[7:] = risk_cell.column_name[6:]
where score_cell.figures.respondents_n > 0
order by unit_id, breakdown_value, measure_id
