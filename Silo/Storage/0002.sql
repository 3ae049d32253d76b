-- Usable from schema 1 on.
-- What calls came to, and what somebody may have to account for. Partitions are made ahead and dropped whole by every process
-- (Api/Activities/PostgresPartitions.cs): of the activity one a day, of the audit one a month, each named after its first day.

CREATE TABLE activity (
    at timestamptz NOT NULL,
    seq bigint NOT NULL,
    service_id text NOT NULL,
    client_id text NOT NULL,
    account_id text,
    endpoint text NOT NULL,
    status smallint NOT NULL,
    outcome text NOT NULL,
    duration_us bigint NOT NULL,
    cost_class text,
    request_id text,
    PRIMARY KEY (at, seq)
) PARTITION BY RANGE (at);
CREATE INDEX activity_by_account ON activity (account_id, at) WHERE account_id IS NOT NULL;

CREATE TABLE audit (
    at timestamptz NOT NULL,
    seq bigint NOT NULL,
    service_id text NOT NULL,
    action text NOT NULL,
    operator text,
    client_id text,
    account_id text,
    detail text,
    reason text,
    request_id text,
    node text,
    PRIMARY KEY (at, seq)
) PARTITION BY RANGE (at);
CREATE INDEX audit_by_account ON audit (account_id, at) WHERE account_id IS NOT NULL;

-- Append-only: rows go with their partition, when their time is over, and in no other way.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The audit is append-only.';
END $$;
CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION refuse_change();
