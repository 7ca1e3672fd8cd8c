-- Settings under which definitions and rows read the same in every session. An owner of a database may have set others.
set search_path = pg_catalog;
set statement_timeout = 0;
set row_security = off;
set datestyle = 'ISO, YMD';
set intervalstyle = 'postgres';
set timezone = 'UTC';
set extra_float_digits = 3;
set bytea_output = 'hex';
set lc_monetary = 'C';
set quote_all_identifiers = off;
set standard_conforming_strings = on;
