-- The archive: one row per delivered picture or other content, and every event for ever.
create table assets (
    asset_id uuid primary key,
    number bigint generated always as identity unique,
    workspace_id uuid not null,
    job_id uuid,
    parent_id uuid references assets,
    source_event uuid not null,
    asset_type text not null check (asset_type in ('text', 'image', 'video', 'audio')),
    source_module text not null,
    operation text not null,
    status text not null default 'completed',
    filename text not null check (length(filename) <= 500),
    title text not null check (length(title) <= 500),
    description text,
    prompt text,
    negative_prompt text,
    tags text[] not null default '{}',
    provider text,
    model text,
    sha256 text not null,
    file_size bigint not null,
    mime_type text not null,
    width integer,
    height integer,
    seed bigint,
    variation smallint,
    cost bigint not null default 0 check (cost >= 0),
    generation_ms integer,
    recipe jsonb not null default '{}',
    thumbnail_sha256 text,
    thumbnail_state text not null default 'wanted' check (thumbnail_state in ('wanted', 'made', 'impossible')),
    placeholder text,
    is_favorite boolean not null default false,
    download_count integer not null default 0,
    share_count integer not null default 0,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    unique (workspace_id, asset_id)
);
create index assets_newest on assets (workspace_id, created_at desc, number desc);
create index assets_job on assets (workspace_id, job_id);
create index assets_tags on assets using gin (tags);
create index assets_thumbnails_wanted on assets (created_at) where thumbnail_state = 'wanted';
create index assets_source on assets (workspace_id, sha256, thumbnail_state);

create table events (
    event_id uuid primary key,
    subject text not null,
    source text not null,
    version integer not null,
    workspace_id uuid not null,
    cause uuid,
    at timestamptz not null,
    data jsonb not null,
    archived_at timestamptz not null default now()
);
create index events_newest on events (workspace_id, archived_at);

grant select, insert, update, delete on assets to {role};
grant select, insert on events to {role};
