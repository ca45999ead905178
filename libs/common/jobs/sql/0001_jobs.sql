-- Jobs that a service has taken, and every attempt at a provider.
create table jobs (
    job_id uuid primary key,
    workspace_id uuid not null,
    state text not null check (state in ('running', 'done', 'canceled')),
    owner text,
    claims integer not null default 1,
    lease_until timestamptz,
    deadline timestamptz not null,
    stop_requested boolean not null default false,
    final_event uuid,
    created_at timestamptz not null default now(),
    finished_at timestamptz,
    check ((state = 'done') = (final_event is not null))
) with (fillfactor = 80);
create index jobs_running on jobs (owner) where state = 'running';

-- A row of a billed provider is committed before the first byte leaves.
create table attempts (
    id uuid primary key,
    job_id uuid not null,
    workspace_id uuid not null,
    variation smallint not null check (variation between 1 and 10),
    provider text not null,
    model text not null,
    billed boolean not null,
    seed bigint not null,
    request_hash text not null,
    state text not null check (state in ('submitting', 'submitted', 'stored', 'refused', 'failed', 'unknown')),
    task_id text,
    picture jsonb,
    code text,
    detail text,
    created_at timestamptz not null default now(),
    changed_at timestamptz not null default now(),
    check ((state = 'stored') = (picture is not null))
) with (fillfactor = 80);
create index attempts_job on attempts (job_id);
create index attempts_unknown on attempts (created_at) where state in ('submitting', 'unknown');

grant select, insert, update on jobs, attempts to {role};
