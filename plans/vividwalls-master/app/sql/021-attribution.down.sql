-- Removes what 021-attribution.up.sql made, and its budgets. Without cascade: an object of somebody else that needs it stops it.
drop view finance.misattributed, finance.budget_alert, finance.commission;
drop function finance.spend(text, numeric, text), finance.attribute_sales();
drop table finance.attribution;
drop function finance.check_attribution();
revoke update (posted_at) on finance.transaction from vividwalls_app;
delete from finance.budget;
delete from finance.transaction where kind = 'cost';
