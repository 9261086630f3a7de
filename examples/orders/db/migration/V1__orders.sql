create table orders (
    id           bigint generated always as identity primary key,
    public_id    uuid        not null unique,
    customer_id  bigint      not null,
    status       text        not null check (status in ('placed', 'paid', 'shipped', 'cancelled')),
    total_cents  bigint      not null check (total_cents >= 0),
    placed_at    timestamptz not null default now()
);

create table order_lines (
    order_id     bigint  not null references orders (id),
    line         integer not null,
    sku          text    not null,
    quantity     integer not null check (quantity > 0),
    price_cents  bigint  not null check (price_cents >= 0),
    primary key (order_id, line)
);
