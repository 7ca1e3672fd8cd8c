-- Removes what 070-business.up.sql made. Without cascade: an object of somebody else that needs it stops it.
drop view business.offer, business.margin, business.scarcity;
drop function business.buy(uuid, uuid);
drop table business.copy, business.edition;
drop function business.price(numeric, integer, integer);
drop schema business;
