"""Which tables a statement writes to is told from its text; what only reads or defines them does not count."""

import pytest

from dynamo_models.mirror.watch.statements import Written, written

TABLES = ("shop_product", "shop_part", 'odd"name')


@pytest.mark.parametrize(
    ("sql", "verb"),
    [
        ("INSERT INTO shop_product (sku) VALUES (%s)", "INSERT"),
        ('insert\n into "shop_product" values (1)', "INSERT"),
        ("INSERT OR IGNORE INTO shop_product SELECT * FROM other", "INSERT"),
        ("INSERT LOW_PRIORITY IGNORE `shop_product` SET sku = 1", "INSERT"),
        ("UPDATE shop_product SET stock = 1", "UPDATE"),
        ("UPDATE ONLY public.shop_product AS p SET stock = 1", "UPDATE"),
        ("UPDATE other JOIN shop_product ON other.id = shop_product.id SET stock = 1", "UPDATE"),
        ("/* a reason */ DELETE FROM [shop_product] WHERE id = 1", "DELETE"),
        ("DELETE p FROM shop_product AS p JOIN other USING (id)", "DELETE"),
        ("EXPLAIN ANALYZE DELETE FROM SHOP_PRODUCT", "DELETE"),
        ("WITH gone AS (DELETE FROM shop_product RETURNING *) SELECT * FROM gone", "DELETE"),
        ("WITH new AS (SELECT 1) INSERT INTO shop_product SELECT * FROM new", "INSERT"),
        ("SELECT 1; DELETE FROM shop_product", "DELETE"),
        ("CREATE TEMP TABLE t (a int); DELETE FROM shop_product", "DELETE"),
        ("TRUNCATE other, shop_product RESTART IDENTITY", "TRUNCATE"),
        ("TRUNCATE TABLE shop_product", "TRUNCATE"),
        ("REPLACE INTO shop_product VALUES (1)", "REPLACE"),
        ("MERGE INTO shop_product USING other ON true WHEN MATCHED THEN UPDATE SET stock = 1", "MERGE"),
        ("COPY shop_product (sku) FROM STDIN", "COPY"),
        ("LOAD DATA INFILE 'x' INTO TABLE shop_product FIELDS TERMINATED BY ','", "LOAD"),
    ],
)
def test_what_writes_is_told(sql, verb):
    assert written(sql, TABLES) == [Written(verb, "shop_product")]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM shop_product",
        "SELECT * FROM shop_product FOR NO KEY UPDATE",
        "SELECT replace(name, 'a', 'b') FROM shop_product; SELECT 2",
        "INSERT INTO other SELECT * FROM shop_product",
        "INSERT INTO other (a) VALUES (1) ON CONFLICT (a) DO UPDATE SET a = (SELECT 1 FROM shop_product)",
        "INSERT INTO other (a) VALUES ('DELETE FROM shop_product')",
        "INSERT INTO other (a) VALUES ($$ DELETE FROM shop_product $$)",
        "UPDATE other SET a = (SELECT 1 FROM shop_product)",
        "UPDATE other SET a = 1 -- DELETE FROM shop_product",
        "DELETE FROM other USING shop_product WHERE true",
        "DELETE FROM other WHERE id IN (SELECT id FROM shop_product)",
        "DELETE FROM shop_product_tags",
        "ALTER TABLE shop_part ADD CONSTRAINT x FOREIGN KEY (a) REFERENCES shop_product (id) ON DELETE CASCADE",
        "CREATE TRIGGER x AFTER UPDATE ON shop_product FOR EACH ROW EXECUTE FUNCTION f()",
        "DROP TABLE shop_product",
    ],
)
def test_what_does_not_write_there_is_not(sql):
    assert written(sql, TABLES) == []


def test_several_tables_and_names_with_quotes_in_them():
    sql = """UPDATE shop_part, shop_product SET a = 1; DELETE FROM "odd""name"; UPDATE shop_part SET a = 2"""
    assert written(sql, TABLES) == [
        Written("UPDATE", "shop_part"),
        Written("UPDATE", "shop_product"),
        Written("DELETE", 'odd"name'),
    ]
