--
-- PostgreSQL database dump
--

\restrict aBcDeF

SET statement_timeout = 0;
SELECT pg_catalog.set_config('search_path', '', false);

CREATE TABLE public.barcodes (
    id integer NOT NULL,
    barcode_value character varying(255) NOT NULL,
    order_id integer,
    is_used boolean DEFAULT false NOT NULL
);

ALTER TABLE public.barcodes OWNER TO shop;

COPY public.barcodes (id, barcode_value, order_id, is_used) FROM stdin;
1	00123	3	t
2	a\tb\\.\x41\101	\N	f
3	x	99	\N
\.

COPY public.customers (id, email, name, created_at, updated_at) FROM stdin;
7	ann@example.com	Ann	2026-05-01 18:30:05.12+02	2026-05-01 18:30:05
8	\N	B	infinity	0044-03-15 12:00:00 BC
\.

COPY public.orders (id, customer_id, created_at, updated_at) FROM stdin;
3	7	2026-05-01 18:30:05.12	\N
\.

SELECT pg_catalog.setval('public.orders_id_seq', 3, true);

--
-- PostgreSQL database dump complete
--
