-- Files that came with requests, and sheets of comparisons. Written before the file is: an order may still be refused when
-- its pictures are in, and nothing else would know of them then.
create table uploads (
    workspace_id uuid not null references workspaces,
    sha256 text not null check (length(sha256) = 64),
    created_at timestamptz not null default now(),
    primary key (workspace_id, sha256)
);

grant select, insert on uploads to {role};
