-- Alone in its file: CONCURRENTLY can't run in a transaction, and Flyway opens none for such a file.
create index concurrently if not exists outbox_unsent on outbox (created_at) where sent_at is null;
