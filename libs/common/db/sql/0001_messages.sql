-- Outbox and inbox, the same in every service's schema.
-- A row of the outbox is written in the transaction of the change it tells of; it stays after it was sent,
-- so that a repeat of its cause can ring the bell again.
create table outbox (
    id uuid primary key,
    subject text not null,
    body bytea not null,
    cause uuid,
    created_at timestamptz not null default now(),
    sent_at timestamptz
) with (fillfactor = 80);
create index outbox_unsent on outbox (created_at) where sent_at is null;
create index outbox_cause on outbox (cause) where cause is not null;

create table inbox (
    event_id uuid primary key,
    seen_at timestamptz not null default now()
);

grant select, insert, update, delete on outbox, inbox to {role};
