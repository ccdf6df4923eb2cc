/* of /* nested */ comments */
BEGIN;
CREATE TABLE customers (id int, "email" text, name text, CHECK (id > 0));
INSERT INTO customers VALUES (1, 'a''b;', E'c\td\'', NULL), (2, $$x$$, 'y');
INSERT INTO public.customers (id, email, name) VALUES (3, 'c'::text, 'd');
INSERT INTO orders (id, customer_id) OVERRIDING SYSTEM VALUE VALUES (+5, 3), (-1, 3);
insert into barcodes (barcode_value, id, order_id, is_used) values ('v', 1, 5, true),
  ('w', 2, null, FALSE) ON CONFLICT DO NOTHING;
DO $orderstore$ BEGIN END $orderstore$;
COMMIT;
