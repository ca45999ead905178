-- Conversations about a picture: each step is a job whose order names the session; `at_job` is where the owner has gone
-- back to, and what was made from there since `moved_at` follows by itself.
create table sessions (
    session_id uuid primary key,
    workspace_id uuid not null references workspaces,
    title text not null check (length(title) <= 200),
    origin jsonb not null,
    at_job uuid,
    created_at timestamptz not null default now(),
    moved_at timestamptz not null default now()
);
create index sessions_newest on sessions (workspace_id, session_id desc);
create index jobs_session on jobs (workspace_id, (ask ->> 'session_id'), job_id) where ask ->> 'session_id' is not null;

grant select, insert, update on sessions to {role};
