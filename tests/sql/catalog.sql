-- What a database may have beside the three tables, and in them: each kind of
-- object that pg_dump has statements for, with what a careless reader of these
-- takes for their end, or for one of the tables.

SET client_min_messages = error;
CREATE SCHEMA other;
CREATE TYPE other.mood AS ENUM ('a;b', 'customers');
CREATE TYPE other.pair AS (x int, "y;z" text);
CREATE DOMAIN other.email AS text CHECK (VALUE ~ '@' OR VALUE = $d$;$d$);
CREATE TABLE other.customers (id int, mood other.mood, p other.pair);
INSERT INTO other.customers VALUES (1, 'a;b', '(1,"x;y")');
CREATE TABLE "odd ""name;" ("a;b" text, c bytea, d numeric[], e jsonb, f interval, g bit varying, h xml);
INSERT INTO "odd ""name;" VALUES ('\.', '\xdeadbeef', '{1,NaN}', '{"a": [1, "\\."]}', '1 mon', B'101', '<a>;</a>');
CREATE FUNCTION other.atomic(a int) RETURNS int LANGUAGE sql
BEGIN ATOMIC
  SELECT CASE WHEN a > 0 THEN 1 ELSE 0 END;
  SELECT count(*)::int FROM customers;
END;
CREATE FUNCTION other.body() RETURNS trigger LANGUAGE plpgsql AS $f$
BEGIN INSERT INTO other.log VALUES (1); UPDATE customers SET name = ';'; RETURN NULL; END $f$;
CREATE PROCEDURE other.proc() LANGUAGE sql AS 'DELETE FROM barcodes; SELECT 1';
CREATE AGGREGATE other.summed(int) (SFUNC = int4pl, STYPE = int, INITCOND = '0');
CREATE OPERATOR other.=== (FUNCTION = int4eq, LEFTARG = int, RIGHTARG = int);
CREATE CAST (other.mood AS text) WITH INOUT AS ASSIGNMENT;
CREATE COLLATION other.c FROM "C";
CREATE VIEW other.v AS SELECT id, 'a;b' AS t FROM orders WHERE id > 0;
CREATE MATERIALIZED VIEW other.mv AS SELECT count(*) FROM barcodes;
CREATE RULE r AS ON INSERT TO other.customers DO ALSO (UPDATE customers SET name = name WHERE false; DELETE FROM barcodes WHERE false);
CREATE TABLE other.log (n int GENERATED ALWAYS AS IDENTITY, at timestamptz DEFAULT now()) PARTITION BY RANGE (at);
CREATE TABLE other.log_1 PARTITION OF other.log FOR VALUES FROM ('2020-01-01') TO ('2030-01-01');
INSERT INTO other.log (at) VALUES ('2026-01-01');
CREATE TABLE other.base (x int);
CREATE TABLE other.child (y int) INHERITS (other.base);
CREATE SEQUENCE other.seq START 5;
CREATE INDEX odd ON customers (lower(email)) WHERE name <> ';';
CREATE STATISTICS other.st ON customer_id, created_at FROM orders;
CREATE TRIGGER t AFTER INSERT ON other.customers FOR EACH ROW WHEN (NEW.id > 0) EXECUTE FUNCTION other.body();
ALTER TABLE customers ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON customers USING (name <> 'a;b');
CREATE PUBLICATION pub FOR TABLE customers WHERE (id > 0);
CREATE FUNCTION other.et() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN RETURN; END $$;
CREATE EVENT TRIGGER et ON ddl_command_end EXECUTE FUNCTION other.et();
COMMENT ON TABLE customers IS 'it''s; all "rows" \.';
COMMENT ON COLUMN customers.email IS E'a\nb;';
GRANT SELECT ON customers TO PUBLIC;
GRANT UPDATE (name) ON customers TO PUBLIC;
ALTER DEFAULT PRIVILEGES IN SCHEMA other GRANT SELECT ON TABLES TO PUBLIC;
SELECT lo_from_bytea(4711, '\x5c2e0a0a');
ALTER TABLE barcodes CLUSTER ON barcodes_pkey;
ALTER TABLE barcodes REPLICA IDENTITY FULL;
ALTER TABLE orders ALTER customer_id SET STATISTICS 500;
ALTER TABLE customers ALTER name SET STORAGE EXTERNAL;
CREATE TEXT SEARCH CONFIGURATION other.ts (COPY = english);
CREATE FOREIGN DATA WRAPPER w;
CREATE SERVER s FOREIGN DATA WRAPPER w OPTIONS (host 'a;b');
CREATE FOREIGN TABLE other.far (x int) SERVER s;
CREATE USER MAPPING FOR PUBLIC SERVER s OPTIONS (password 'x;y');
CREATE TRANSFORM FOR int LANGUAGE sql (FROM SQL WITH FUNCTION prsd_lextype(internal));
CREATE ACCESS METHOD am TYPE INDEX HANDLER bthandler;
CREATE CONVERSION other.conv FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
