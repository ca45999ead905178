-- Templates and brand profiles of workspaces, and the bettered prompt of a job.
--
-- Whoever writes to a workspace's shelf holds its lock until the end of the transaction, taken before any row's. So what
-- is counted stays true, and two profiles that want the one default place come one after the other.

alter table jobs add column enhanced jsonb;

create table templates (
    id uuid primary key,
    workspace_id uuid not null,
    owner text not null check (length(owner) <= 100),
    shared boolean not null,
    name text not null check (length(name) between 1 and 100),
    category text not null check (length(category) <= 40),
    platform text check (length(platform) <= 40),
    width int not null check (width between 64 and 4096),
    height int not null check (height between 64 and 4096),
    style_preset text check (length(style_preset) <= 100),
    quality text not null check (quality in ('draft', 'standard', 'premium')),
    description text not null check (length(description) <= 500),
    use_cases text[] not null check (cardinality(use_cases) <= 20),
    prompt_prefix text check (length(prompt_prefix) <= 1000),
    negative_prompt text check (length(negative_prompt) <= 1000),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create unique index templates_name on templates (workspace_id, owner, name);

create table personas (
    id uuid primary key,
    workspace_id uuid not null,
    name text not null check (length(name) between 1 and 100),
    voice text not null check (length(voice) <= 500),
    palette text[] not null check (cardinality(palette) <= 12),
    forbidden_words text[] not null check (cardinality(forbidden_words) <= 100),
    negative_prompt text not null check (length(negative_prompt) <= 1000),
    is_default boolean not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create unique index personas_name on personas (workspace_id, name);
create unique index personas_default on personas (workspace_id) where is_default;

create function lock_shelf(workspace uuid) returns void language sql as $$
    select pg_advisory_xact_lock(hashtextextended('shelf/' || workspace::text, 0))
$$;

-- Bytes of a row's texts: what a list of all of them puts into one answer.
create function text_bytes(template templates) returns int language sql stable as $$
    select octet_length(concat(template.name, template.description, template.prompt_prefix, template.negative_prompt,
        array_to_string(template.use_cases, '')))
$$;

-- A shelf holds a number of rows and an amount of text, so that all of it fits into one answer. Whatever statement
-- writes: that the lock is asked for again costs nothing.
create function refuse_full_shelf() returns trigger language plpgsql as $$
declare
    rows_max constant int := 500;
    bytes_max constant int := 350 * 1024;
    others bigint;
    bytes bigint;
begin
    perform lock_shelf(new.workspace_id);
    -- A statement of its own: it sees what was committed while this one waited for the lock.
    select count(*), coalesce(sum(text_bytes(t)), 0) into others, bytes
    from templates t where t.workspace_id = new.workspace_id and t.id <> new.id;
    if others >= rows_max then
        raise exception 'the workspace has % templates', others using errcode = 'check_violation', constraint = 'templates_rows_max';
    end if;
    if bytes + text_bytes(new) > bytes_max then
        raise exception 'the templates have % bytes of text', bytes
            using errcode = 'check_violation', constraint = 'templates_bytes_max';
    end if;
    return new;
end $$;
create trigger templates_bound before insert or update on templates
for each row execute function refuse_full_shelf();

create function refuse_many_personas() returns trigger language plpgsql as $$
declare
    rows_max constant int := 100;
    others bigint;
begin
    perform lock_shelf(new.workspace_id);
    select count(*) into others from personas p where p.workspace_id = new.workspace_id;
    if others >= rows_max then
        raise exception 'the workspace has % brand profiles', others using errcode = 'check_violation', constraint = 'personas_rows_max';
    end if;
    return new;
end $$;
create trigger personas_bound before insert on personas for each row execute function refuse_many_personas();

grant select, insert, update, delete on templates, personas to {role};
