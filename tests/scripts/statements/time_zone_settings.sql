-- Shows how the time zone can be set: to UTC, in all its names, also by how far it is from UTC.

SET TIME ZONE 'UTC';
SET TIME ZONE INTERVAL '+00:00' HOUR TO MINUTE;
SET TIME ZONE INTERVAL '0' HOUR;
-- differs: a time zone by its distance has a name of its own there
SHOW TIME ZONE;
-- differs: the time zone is always UTC
SET TIME ZONE INTERVAL '+02:00' HOUR TO MINUTE;
