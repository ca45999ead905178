-- What is finished of a job that still runs, so that it can be seen before the rest: pictures and failures.
alter table jobs add column partial jsonb;
