-- cell: one row per unit and measure that has scores there; additive. score_sum in score units, score_sum_sq squared.
with per_unit as (
    select
        unit_id,
        struct_pack(
            respondents_n := count(columns('^score_(.*)$')),
            score_sum := sum(columns('^score_(.*)$')),
            score_sum_sq := sum(columns('^score_(.*)$')::double * columns('^score_(.*)$')::double)
        ) as 'score_\1'
    from scored_response
    group by unit_id
),

score_cell as (
    unpivot per_unit on columns(* exclude (unit_id)) into name column_name value figures
),

per_unit_risk as (
    select unit_id, sum(columns('^risk_(.*)$'))::bigint as 'risk_\1'
    from scored_response
    group by unit_id
),

risk_cell as (
    unpivot per_unit_risk on columns(* exclude (unit_id)) into name column_name value at_risk_n
)

select
    score_cell.unit_id,
    score_cell.column_name[7:] as measure_id,
    score_cell.figures.respondents_n::bigint as respondents_n,
    score_cell.figures.score_sum::bigint as score_sum,
    score_cell.figures.score_sum_sq as score_sum_sq,
    coalesce(risk_cell.at_risk_n, 0)::bigint as at_risk_n
from score_cell
left join risk_cell
    on score_cell.unit_id = risk_cell.unit_id
    and score_cell.column_name[7:] = risk_cell.column_name[6:]
where score_cell.figures.respondents_n > 0
order by unit_id, measure_id
