-- What a picture cost with everything that it was made from: fixed when it is archived, for its parents are then final.
alter table assets add column chain_cost bigint not null default 0 check (chain_cost >= 0);
update assets set chain_cost = cost;

-- A parent may be archived by the same statement, and may be gone one day while its children stay.
alter table assets drop constraint assets_parent_id_fkey;
create index assets_parent on assets (workspace_id, parent_id) where parent_id is not null;
