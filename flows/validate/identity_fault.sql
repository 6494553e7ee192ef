-- identity_fault: one row per collected row with text that identifies in an item cell (e-mail, phone, IP shapes).
select distinct
    row_number,
    'identifying_content' as reason
from value_fault_row
where
    regexp_matches(value, '[^\s@]+@[^\s@]+\.[^\s@]+')
    or regexp_matches(value, '(^|[^0-9])([0-9]{1,3}\.){3}[0-9]{1,3}([^0-9]|$)')
    or regexp_matches(value, '^\+?[0-9][0-9 ()/.-]{6,}[0-9]$')
order by row_number
