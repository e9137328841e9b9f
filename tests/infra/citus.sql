-- A stand-in for Citus that records each call. Names and arguments are those of Citus. Of its refusals, it has those about
-- foreign keys: tables that refer to a reference table become local ones, and no table that these refer to is distributed.
-- Citus commits a plain table beside shards in one phase, which may lose a job; the stand-in refuses the write instead.
CREATE SCHEMA citus;
CREATE TABLE citus.call (number int GENERATED ALWAYS AS IDENTITY, entry text NOT NULL);
CREATE TABLE citus.failing (name text NOT NULL);
CREATE TABLE citus.worker (node_name text, node_port bigint);
CREATE TABLE citus.lacking (node_name text, name text);
CREATE TABLE citus.placed (
    table_name regclass PRIMARY KEY, citus_table_type text, distribution_column text, colocation_id int
);
CREATE VIEW citus.citus_tables AS SELECT * FROM citus.placed;
CREATE TABLE citus.pg_dist_object (classid oid, objid oid);
CREATE SEQUENCE citus.colocation;

CREATE FUNCTION citus.citus_get_active_worker_nodes(OUT node_name text, OUT node_port bigint) RETURNS SETOF record
LANGUAGE sql AS 'SELECT node_name, node_port FROM citus.worker';

CREATE FUNCTION citus.note(entry text, about regclass DEFAULT NULL) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM citus.failing WHERE to_regclass(name) = about) THEN
        RAISE 'the worker of % is away', about;
    END IF;
    INSERT INTO citus.call (entry) VALUES (note.entry);
END $$;

CREATE FUNCTION citus.create_distributed_function(name regprocedure) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM citus.note('function ' || name);
    INSERT INTO citus.pg_dist_object VALUES ('pg_proc'::regclass, name::oid);
END $$;

CREATE FUNCTION citus.create_reference_table(table_name regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM citus.note('reference ' || create_reference_table.table_name, create_reference_table.table_name);
    INSERT INTO citus.placed VALUES (create_reference_table.table_name, 'reference', '<none>', 1)
    ON CONFLICT ON CONSTRAINT placed_pkey DO UPDATE SET citus_table_type = 'reference';
    INSERT INTO citus.placed SELECT DISTINCT conrelid::regclass, 'local', '<none>', 0 FROM pg_constraint
    WHERE contype = 'f' AND confrelid = create_reference_table.table_name ON CONFLICT DO NOTHING;
END $$;

CREATE FUNCTION citus.create_distributed_table(
    table_name regclass, distribution_column text, distribution_type text DEFAULT 'hash', colocate_with text DEFAULT 'default',
    shard_count int DEFAULT NULL
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    place int;
BEGIN
    PERFORM citus.note(
        format('distributed %s by %s with %s', create_distributed_table.table_name, distribution_column, colocate_with),
        create_distributed_table.table_name
    );
    IF EXISTS (SELECT FROM pg_constraint WHERE contype = 'f' AND create_distributed_table.table_name IN (conrelid, confrelid)) THEN
        RAISE 'cannot create foreign key constraint of %', create_distributed_table.table_name;
    END IF;
    IF colocate_with = 'none' THEN
        place := nextval('citus.colocation') + 1;
    ELSE
        SELECT colocation_id INTO STRICT place FROM citus.placed
        WHERE placed.table_name = colocate_with::regclass AND citus_table_type = 'distributed';
    END IF;
    INSERT INTO citus.placed VALUES (create_distributed_table.table_name, 'distributed', distribution_column, place)
    ON CONFLICT ON CONSTRAINT placed_pkey DO UPDATE
    SET citus_table_type = 'distributed', distribution_column = excluded.distribution_column, colocation_id = excluded.colocation_id;
END $$;

CREATE FUNCTION citus.citus_add_local_table_to_metadata(table_name regclass, cascade_via_foreign_keys boolean DEFAULT false)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM citus.note('local ' || citus_add_local_table_to_metadata.table_name);
    INSERT INTO citus.placed VALUES (citus_add_local_table_to_metadata.table_name, 'local', '<none>', 0);
END $$;

CREATE FUNCTION citus.truncate_local_data_after_distributing_table(function_name regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM citus.note('truncate ' || function_name);
END $$;

-- Every worker answers like this database, without what it lacks.
CREATE FUNCTION citus.run_command_on_workers(command text, OUT nodename text, OUT nodeport int, OUT success boolean, OUT result text)
RETURNS SETOF record LANGUAGE plpgsql AS $$
BEGIN
    FOR nodename, nodeport IN SELECT node_name, node_port FROM citus.worker LOOP
        EXECUTE command INTO result;
        result := (
            SELECT string_agg(name, ';') FROM unnest(string_to_array(result, ';')) AS present (name)
            WHERE NOT EXISTS (SELECT FROM citus.lacking WHERE (lacking.node_name, lacking.name) = (nodename, present.name))
        );
        success := true;
        RETURN NEXT;
    END LOOP;
END $$;

CREATE FUNCTION citus.refuse_one_phase() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM citus.placed WHERE citus_table_type = 'distributed')
        AND NOT EXISTS (SELECT FROM citus.placed WHERE table_name = TG_RELID) THEN
        RAISE '% is unknown to Citus, so a commit beside shards has one phase', TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $$;
