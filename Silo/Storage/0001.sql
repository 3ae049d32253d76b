-- The tables that Orleans' ADO.NET providers and the proxy itself keep, and the queries by which the providers reach them.
-- A provider reads its queries from OrleansQuery by key and fills in the named parameters; the columns it looks for are the aliases below.

CREATE TABLE cluster_version (
    deployment_id text PRIMARY KEY,
    version integer NOT NULL DEFAULT 0
);

CREATE TABLE cluster_silo (
    deployment_id text NOT NULL REFERENCES cluster_version,
    address text NOT NULL,
    port integer NOT NULL,
    generation integer NOT NULL,
    silo_name text NOT NULL,
    host_name text NOT NULL,
    status integer NOT NULL,
    proxy_port integer NOT NULL,
    suspect_times text,
    start_time timestamptz NOT NULL,
    i_am_alive_time timestamptz NOT NULL,
    PRIMARY KEY (deployment_id, address, port, generation)
);

CREATE TABLE reminder (
    service_id text NOT NULL,
    grain_id text NOT NULL,
    reminder_name text NOT NULL,
    start_time timestamptz NOT NULL,
    period_ms bigint NOT NULL,
    grain_hash integer NOT NULL,
    version integer NOT NULL,
    PRIMARY KEY (service_id, grain_id, reminder_name)
);
CREATE INDEX reminder_by_hash ON reminder (service_id, grain_hash);

-- Hash-partitioned, so that vacuum and index growth stay local when there are very many accounts.
CREATE TABLE grain_state (
    service_id text NOT NULL,
    grain_type text NOT NULL,
    id_n0 bigint NOT NULL,
    id_n1 bigint NOT NULL,
    id_text text NOT NULL,
    version integer NOT NULL,
    payload bytea NOT NULL,
    modified_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (service_id, grain_type, id_n0, id_n1, id_text)
) PARTITION BY HASH (service_id, grain_type, id_n0, id_n1, id_text);

DO $$
BEGIN
    FOR part IN 0..15 LOOP
        EXECUTE format('CREATE TABLE grain_state_%s PARTITION OF grain_state FOR VALUES WITH (MODULUS 16, REMAINDER %s) WITH (fillfactor = 70)', part, part);
    END LOOP;
END $$;

CREATE TABLE data_protection_key (
    friendly_name text PRIMARY KEY,
    xml text NOT NULL
);

CREATE TABLE OrleansQuery (
    QueryKey text PRIMARY KEY,
    QueryText text NOT NULL
);

INSERT INTO OrleansQuery (QueryKey, QueryText) VALUES
-- Membership: every change raises the cluster's version, and only from the version that the silo had read.
('InsertMembershipVersionKey', $q$
    WITH made AS (INSERT INTO cluster_version (deployment_id) VALUES (@DeploymentId) ON CONFLICT DO NOTHING RETURNING 1)
    SELECT EXISTS (SELECT 1 FROM made)
$q$),
('InsertMembershipKey', $q$
    WITH raised AS (
        UPDATE cluster_version SET version = version + 1
        WHERE deployment_id = @DeploymentId AND version = @Version
          AND NOT EXISTS (SELECT 1 FROM cluster_silo
                          WHERE deployment_id = @DeploymentId AND address = @Address AND port = @Port AND generation = @Generation)
        RETURNING 1),
    made AS (
        INSERT INTO cluster_silo (deployment_id, address, port, generation, silo_name, host_name, status, proxy_port, start_time, i_am_alive_time)
        SELECT @DeploymentId, @Address, @Port, @Generation, @SiloName, @HostName, @Status, @ProxyPort, @StartTime, @IAmAliveTime FROM raised
        RETURNING 1)
    SELECT EXISTS (SELECT 1 FROM made)
$q$),
('UpdateMembershipKey', $q$
    WITH raised AS (
        UPDATE cluster_version SET version = version + 1 WHERE deployment_id = @DeploymentId AND version = @Version RETURNING 1),
    changed AS (
        UPDATE cluster_silo SET status = @Status, suspect_times = CAST(@SuspectTimes AS text), i_am_alive_time = @IAmAliveTime
        WHERE EXISTS (SELECT 1 FROM raised)
          AND deployment_id = @DeploymentId AND address = @Address AND port = @Port AND generation = @Generation
        RETURNING 1)
    SELECT EXISTS (SELECT 1 FROM changed)
$q$),
('UpdateIAmAlivetimeKey', $q$
    UPDATE cluster_silo SET i_am_alive_time = @IAmAliveTime
    WHERE deployment_id = @DeploymentId AND address = @Address AND port = @Port AND generation = @Generation
$q$),
('GatewaysQueryKey', $q$
    SELECT address AS Address, proxy_port AS ProxyPort, generation AS Generation
    FROM cluster_silo WHERE deployment_id = @DeploymentId AND status = @Status AND proxy_port > 0
$q$),
('MembershipReadRowKey', $q$
    SELECT v.version AS Version, s.address AS Address, s.port AS Port, s.generation AS Generation, s.silo_name AS SiloName, s.host_name AS HostName,
           s.status AS Status, s.proxy_port AS ProxyPort, s.suspect_times AS SuspectTimes, s.start_time AS StartTime, s.i_am_alive_time AS IAmAliveTime
    FROM cluster_version v
    LEFT JOIN cluster_silo s ON s.deployment_id = v.deployment_id AND s.address = @Address AND s.port = @Port AND s.generation = @Generation
    WHERE v.deployment_id = @DeploymentId
$q$),
('MembershipReadAllKey', $q$
    SELECT v.version AS Version, s.address AS Address, s.port AS Port, s.generation AS Generation, s.silo_name AS SiloName, s.host_name AS HostName,
           s.status AS Status, s.proxy_port AS ProxyPort, s.suspect_times AS SuspectTimes, s.start_time AS StartTime, s.i_am_alive_time AS IAmAliveTime
    FROM cluster_version v LEFT JOIN cluster_silo s ON s.deployment_id = v.deployment_id
    WHERE v.deployment_id = @DeploymentId
$q$),
('DeleteMembershipTableEntriesKey', $q$
    WITH silos AS (DELETE FROM cluster_silo WHERE deployment_id = @DeploymentId)
    UPDATE cluster_version SET version = version + 1 WHERE deployment_id = @DeploymentId
$q$),
-- 6 is SiloStatus.Dead.
('CleanupDefunctSiloEntriesKey', $q$
    DELETE FROM cluster_silo WHERE deployment_id = @DeploymentId AND status = 6 AND i_am_alive_time < @IAmAliveTime
$q$),

-- Reminders: spread over the silos by hash; the second range is the one that wraps around.
('ReadReminderRowsKey', $q$
    SELECT grain_id AS GrainId, reminder_name AS ReminderName, start_time AS StartTime, period_ms AS Period, version AS Version
    FROM reminder WHERE service_id = @ServiceId AND grain_id = @GrainId
$q$),
('ReadReminderRowKey', $q$
    SELECT grain_id AS GrainId, reminder_name AS ReminderName, start_time AS StartTime, period_ms AS Period, version AS Version
    FROM reminder WHERE service_id = @ServiceId AND grain_id = @GrainId AND reminder_name = @ReminderName
$q$),
('ReadRangeRows1Key', $q$
    SELECT grain_id AS GrainId, reminder_name AS ReminderName, start_time AS StartTime, period_ms AS Period, version AS Version
    FROM reminder WHERE service_id = @ServiceId AND grain_hash > @BeginHash AND grain_hash <= @EndHash
$q$),
('ReadRangeRows2Key', $q$
    SELECT grain_id AS GrainId, reminder_name AS ReminderName, start_time AS StartTime, period_ms AS Period, version AS Version
    FROM reminder WHERE service_id = @ServiceId AND (grain_hash > @BeginHash OR grain_hash <= @EndHash)
$q$),
('UpsertReminderRowKey', $q$
    INSERT INTO reminder (service_id, grain_id, reminder_name, start_time, period_ms, grain_hash, version)
    VALUES (@ServiceId, @GrainId, @ReminderName, @StartTime, @Period, @GrainHash, 0)
    ON CONFLICT (service_id, grain_id, reminder_name)
    DO UPDATE SET start_time = excluded.start_time, period_ms = excluded.period_ms, grain_hash = excluded.grain_hash, version = reminder.version + 1
    RETURNING version AS Version
$q$),
('DeleteReminderRowKey', $q$
    WITH gone AS (
        DELETE FROM reminder WHERE service_id = @ServiceId AND grain_id = @GrainId AND reminder_name = @ReminderName AND version = @Version RETURNING 1)
    SELECT EXISTS (SELECT 1 FROM gone)
$q$),
('DeleteReminderRowsKey', $q$
    DELETE FROM reminder WHERE service_id = @ServiceId
$q$),

-- Grain state: a write names the version it has read, none for the first. The provider takes the same version back for a conflict.
('ReadFromStorageKey', $q$
    SELECT payload AS PayloadBinary, version AS Version
    FROM grain_state
    WHERE service_id = @ServiceId AND grain_type = @GrainTypeString AND id_n0 = @GrainIdN0 AND id_n1 = @GrainIdN1
      AND id_text = COALESCE(CAST(@GrainIdExtensionString AS text), '')
$q$),
('WriteToStorageKey', $q$
    WITH known AS (SELECT CAST(@GrainStateVersion AS integer) AS version),
    changed AS (
        UPDATE grain_state SET version = grain_state.version + 1, payload = @PayloadBinary, modified_at = now()
        FROM known
        WHERE grain_state.version = known.version AND service_id = @ServiceId AND grain_type = @GrainTypeString
          AND id_n0 = @GrainIdN0 AND id_n1 = @GrainIdN1 AND id_text = COALESCE(CAST(@GrainIdExtensionString AS text), '')
        RETURNING grain_state.version),
    made AS (
        -- The first version is random: a record that was deleted and made anew is not taken for the old one.
        INSERT INTO grain_state (service_id, grain_type, id_n0, id_n1, id_text, version, payload)
        SELECT @ServiceId, @GrainTypeString, @GrainIdN0, @GrainIdN1, COALESCE(CAST(@GrainIdExtensionString AS text), ''),
               1 + (random() * 1000000000)::integer, @PayloadBinary
        FROM known WHERE known.version IS NULL
        ON CONFLICT DO NOTHING
        RETURNING version),
    written AS (SELECT version FROM changed UNION ALL SELECT version FROM made)
    SELECT version AS NewGrainStateVersion FROM written
    UNION ALL SELECT version FROM known WHERE NOT EXISTS (SELECT 1 FROM written)
$q$),
('ClearStorageKey', $q$
    WITH gone AS (
        DELETE FROM grain_state
        WHERE version = CAST(@GrainStateVersion AS integer) AND service_id = @ServiceId AND grain_type = @GrainTypeString
          AND id_n0 = @GrainIdN0 AND id_n1 = @GrainIdN1 AND id_text = COALESCE(CAST(@GrainIdExtensionString AS text), '')
        RETURNING version + 1 AS version)
    SELECT version FROM gone
    UNION ALL SELECT CAST(@GrainStateVersion AS integer) WHERE NOT EXISTS (SELECT 1 FROM gone)
$q$),
('DeleteStorageKey', $q$
    WITH gone AS (
        DELETE FROM grain_state
        WHERE version = CAST(@GrainStateVersion AS integer) AND service_id = @ServiceId AND grain_type = @GrainTypeString
          AND id_n0 = @GrainIdN0 AND id_n1 = @GrainIdN1 AND id_text = COALESCE(CAST(@GrainIdExtensionString AS text), '')
        RETURNING version + 1 AS version)
    SELECT version FROM gone
    UNION ALL SELECT CAST(@GrainStateVersion AS integer) WHERE NOT EXISTS (SELECT 1 FROM gone)
$q$);
