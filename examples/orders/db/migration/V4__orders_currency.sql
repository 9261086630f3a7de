-- Expand: nullable, so that 2.13 can still insert. 2.15 makes it NOT NULL, once 2.13 can't come back.
set local lock_timeout = '2s';
alter table orders add column currency char(3) default 'EUR';
alter table orders add constraint orders_currency_known check (currency is not null) not valid;
alter table orders validate constraint orders_currency_known;
