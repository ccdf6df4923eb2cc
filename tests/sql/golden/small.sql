-- An orderstore as of LSN 1: customers 1, orders 1, barcodes 2.
-- Load it with `psql -d DATABASE -f FILE`.

\set ON_ERROR_STOP on
\if true
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SET TimeZone = 'UTC';
SET DateStyle = 'ISO';
SET client_min_messages = warning;
SET search_path = '';

BEGIN;
CREATE TEMPORARY TABLE the_script_is_whole (
    yes boolean UNIQUE DEFERRABLE INITIALLY DEFERRED
) ON COMMIT DROP;
INSERT INTO pg_temp.the_script_is_whole VALUES (false), (false);

DO $orderstore$
BEGIN
  IF to_regclass('public.alembic_version') IS NOT NULL THEN
    IF EXISTS (SELECT FROM public.alembic_version WHERE version_num NOT IN ('0001', '0002', '0003')) THEN
      RAISE EXCEPTION USING MESSAGE = 'public.alembic_version has a revision that this is not for; nothing was changed';
    END IF;
  END IF;
END
$orderstore$;
DO $orderstore$
BEGIN
  IF to_regclass('public.orderstore_applied') IS NOT NULL THEN
    DELETE FROM public.orderstore_applied;
  END IF;
END
$orderstore$;

CREATE TABLE public.customers (
    id serial,
    email character varying(255) NOT NULL,
    name character varying(255) NOT NULL,
    created_at timestamp without time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    updated_at timestamp without time zone DEFAULT CURRENT_TIMESTAMP NOT NULL
);
CREATE TABLE public.orders (
    id serial,
    customer_id integer NOT NULL,
    created_at timestamp without time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    updated_at timestamp without time zone DEFAULT CURRENT_TIMESTAMP NOT NULL
);
CREATE TABLE public.barcodes (
    id serial,
    barcode_value character varying(255) NOT NULL,
    order_id integer,
    is_used boolean DEFAULT false NOT NULL,
    created_at timestamp without time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    updated_at timestamp without time zone DEFAULT CURRENT_TIMESTAMP NOT NULL
);

COPY public.customers (id, email, name, created_at, updated_at) FROM stdin;
7	ann@example.com	Ann\tBee	2026-05-01 18:30:05.12	2026-05-01 18:30:05.12
\.

COPY public.orders (id, customer_id, created_at, updated_at) FROM stdin;
3	7	2026-05-01 18:30:05.12	2026-05-01 18:30:05.12
\.

COPY public.barcodes (id, barcode_value, order_id, is_used, created_at, updated_at) FROM stdin;
1	00123	3	t	2026-05-01 18:30:05.12	2026-05-01 18:30:05.12
9	A'b	\N	f	2026-05-01 18:30:05.12	2026-05-01 18:30:05.12
\.

ALTER TABLE public.customers ADD CONSTRAINT customers_pkey PRIMARY KEY (id);
ALTER TABLE public.orders ADD CONSTRAINT orders_pkey PRIMARY KEY (id);
ALTER TABLE public.barcodes ADD CONSTRAINT barcodes_pkey PRIMARY KEY (id);
ALTER TABLE public.customers ADD CONSTRAINT customers_email_key UNIQUE (email);
ALTER TABLE public.barcodes ADD CONSTRAINT barcodes_barcode_value_key UNIQUE (barcode_value);
ALTER TABLE public.orders ADD CONSTRAINT orders_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES public.customers(id);
ALTER TABLE public.barcodes ADD CONSTRAINT barcodes_order_id_fkey FOREIGN KEY (order_id) REFERENCES public.orders(id);
CREATE INDEX ix_orders_customer_id ON public.orders USING btree (customer_id);
CREATE INDEX ix_barcodes_order_id_is_used ON public.barcodes USING btree (order_id, is_used);

DO $orderstore$
BEGIN
  IF to_regclass('public.alembic_version') IS NOT NULL THEN
    DELETE FROM public.alembic_version;
    INSERT INTO public.alembic_version (version_num) VALUES ('0002');
  END IF;
END
$orderstore$;

ANALYZE public.customers;
ANALYZE public.orders;
ANALYZE public.barcodes;

DO $orderstore$
BEGIN
  IF (SELECT pg_catalog.count(*) FROM public.customers) <> 1 THEN
    RAISE EXCEPTION USING MESSAGE = 'public.customers has other rows than these 1; nothing was loaded';
  END IF;
  IF (SELECT pg_catalog.count(*) FROM public.orders) <> 1 THEN
    RAISE EXCEPTION USING MESSAGE = 'public.orders has other rows than these 1; nothing was loaded';
  END IF;
  IF (SELECT pg_catalog.count(*) FROM public.barcodes) <> 2 THEN
    RAISE EXCEPTION USING MESSAGE = 'public.barcodes has other rows than these 2; nothing was loaded';
  END IF;
END
$orderstore$;

SELECT pg_catalog.setval(pg_catalog.pg_get_serial_sequence('public.customers', 'id'), 7, true);
SELECT pg_catalog.setval(pg_catalog.pg_get_serial_sequence('public.orders', 'id'), 3, true);
SELECT pg_catalog.setval(pg_catalog.pg_get_serial_sequence('public.barcodes', 'id'), 9, true);

DELETE FROM pg_temp.the_script_is_whole;
COMMIT;
\endif
