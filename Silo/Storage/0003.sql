-- Usable from schema 1 on.
-- Which database this is, and which restore from a backup its data come from: see docs/decisions/0021-restored-backups.md.
CREATE TABLE incarnation (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  id text,
  home text NOT NULL,
  restored_at timestamptz
);
