-- The source of the course: the database of a campus bookshop, as its Laravel application would have it.
-- Times are UTC. No ON DELETE CASCADE: rows that a cascade removes are not in the binlog, and no CDC would see them go.

CREATE TABLE IF NOT EXISTS customers (
    id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
    name VARCHAR(120) NOT NULL,
    email VARCHAR(254) NOT NULL,
    phone VARCHAR(32) NULL,
    created_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
    updated_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3),
    PRIMARY KEY (id),
    UNIQUE KEY customers_email_unique (email)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS products (
    id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
    sku VARCHAR(32) NOT NULL,
    name VARCHAR(120) NOT NULL,
    price DECIMAL(15, 2) NOT NULL,
    weight_grams INT UNSIGNED NOT NULL DEFAULT 0,
    stock INT UNSIGNED NOT NULL DEFAULT 0,
    created_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
    updated_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3),
    PRIMARY KEY (id),
    UNIQUE KEY products_sku_unique (sku),
    CONSTRAINT products_price_not_negative CHECK (price >= 0)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS orders (
    id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
    order_no VARCHAR(64) NOT NULL,
    customer_id BIGINT UNSIGNED NULL,
    customer_email VARCHAR(254) NULL,
    customer_phone VARCHAR(32) NULL,
    status ENUM('pending', 'paid', 'shipped', 'done', 'cancelled') NOT NULL DEFAULT 'pending',
    currency CHAR(3) NOT NULL DEFAULT 'IDR',
    total DECIMAL(20, 2) NOT NULL,
    item_count INT UNSIGNED NOT NULL DEFAULT 0,
    weight_grams BIGINT UNSIGNED NOT NULL DEFAULT 0,
    ordered_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
    updated_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3),
    PRIMARY KEY (id),
    UNIQUE KEY orders_order_no_unique (order_no),
    KEY orders_customer_id_index (customer_id),
    KEY orders_updated_at_index (updated_at),
    CONSTRAINT orders_customer_id_foreign FOREIGN KEY (customer_id) REFERENCES customers (id),
    CONSTRAINT orders_total_not_negative CHECK (total >= 0)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS order_items (
    id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
    order_id BIGINT UNSIGNED NOT NULL,
    product_id BIGINT UNSIGNED NOT NULL,
    qty INT UNSIGNED NOT NULL,
    price DECIMAL(15, 2) NOT NULL,
    weight_grams INT UNSIGNED NOT NULL DEFAULT 0,
    PRIMARY KEY (id),
    UNIQUE KEY order_items_order_id_product_id_unique (order_id, product_id),
    KEY order_items_product_id_index (product_id),
    CONSTRAINT order_items_order_id_foreign FOREIGN KEY (order_id) REFERENCES orders (id),
    CONSTRAINT order_items_product_id_foreign FOREIGN KEY (product_id) REFERENCES products (id),
    CONSTRAINT order_items_qty_positive CHECK (qty > 0)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
