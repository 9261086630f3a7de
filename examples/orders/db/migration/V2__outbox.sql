-- Expand: a new table, unknown to 2.12 and harmless to it.
create table outbox (
    id          bigint generated always as identity primary key,
    order_id    bigint      not null references orders (id),
    payload     jsonb       not null,
    created_at  timestamptz not null default now(),
    sent_at     timestamptz
);

-- Expand: a constant default changes no row (PostgreSQL 11 and later), and 2.12 need not name it.
set local lock_timeout = '2s';
alter table orders add column channel text not null default 'web';
