-- Removes what 020-finance.up.sql made. Without cascade: an object of somebody else that needs it stops it.
drop view finance.lag;
drop function finance.post_sales();
drop table finance.transaction, finance.budget;
drop schema finance;
