-- item_account: one row per item; cells filled, refused, not applicable, and rows, over rows that were not quarantined.
with per_item as (
    select
        struct_pack(
            filled_n := count(columns(*)),
            prefer_not_to_say_n := count(*) filter (columns(*) = 'prefer_not_to_say'),
            not_applicable_n := count(*) filter (columns(*) = 'not_applicable'),
            rows_n := count(*)
        ) as '\0'
    from good_rows
)

select
    item_id,
    figures.filled_n,
    figures.prefer_not_to_say_n,
    figures.not_applicable_n,
    figures.rows_n
from (
    unpivot per_item on columns(*) into name item_id value figures
)
order by item_id
