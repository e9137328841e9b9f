"""Shops, categories, listings with their variants, stock and pictures, search, imports, outbox, documents."""

from alembic import op

revision = "2026_11_23_0900"
down_revision = None
branch_labels = None
depends_on = None

LANGUAGES = ("simple", "english", "german", "french", "spanish", "italian", "dutch", "portuguese", "swedish", "danish")

# Every word becomes: itself, its stem in each language some shop writes in, for the last one whatever it begins, and,
# when no listing has it, the listed words that look most like it. What some language counts as a filler ("the") is left
# out beside other words.
SEARCH_QUERY = """
CREATE FUNCTION search_query(words text[]) RETURNS tsquery LANGUAGE plpgsql STABLE AS $body$
DECLARE
    found tsquery; likely tsquery; stem tsquery; term text; close text; config text; configs text[];
    place int := 0; is_filler boolean;
BEGIN
    SELECT array_agg('plaza_' || language) INTO configs FROM (SELECT DISTINCT language FROM shop) AS spoken;
    FOREACH term IN ARRAY words LOOP
        place := place + 1;
        term := lower(unaccent(term));
        likely := plainto_tsquery('plaza_simple', term);
        is_filler := false;
        FOREACH config IN ARRAY coalesce(configs, '{}') LOOP
            stem := plainto_tsquery(config::regconfig, term);
            likely := likely || stem;
            is_filler := is_filler OR numnode(stem) = 0;
        END LOOP;
        CONTINUE WHEN is_filler AND cardinality(words) > 1;
        IF place = cardinality(words) AND length(term) >= 2 THEN
            likely := likely || to_tsquery('simple', quote_literal(term) || ':*');
        END IF;
        IF length(term) >= 3 AND NOT EXISTS (SELECT FROM search_word WHERE search_word.word = term) THEN
            FOR close IN
                SELECT near.word FROM (
                    SELECT search_word.word, levenshtein(search_word.word, term) AS steps,
                           similarity(search_word.word, term) AS likeness
                    FROM search_word WHERE search_word.word % term ORDER BY likeness DESC LIMIT 20
                ) AS near WHERE near.steps <= greatest(1, length(term) / 3)
                ORDER BY near.steps, near.likeness DESC LIMIT 3
            LOOP
                likely := likely || plainto_tsquery('plaza_simple', close);
                FOREACH config IN ARRAY coalesce(configs, '{}') LOOP
                    likely := likely || plainto_tsquery(config::regconfig, close);
                END LOOP;
            END LOOP;
        END IF;
        found := CASE WHEN found IS NULL THEN likely ELSE found && likely END;
    END LOOP;
    RETURN coalesce(found, plainto_tsquery('plaza_simple', array_to_string(words, ' ')));
END $body$
"""


def upgrade() -> None:
    """Create the first schema."""
    for extension in ("pg_trgm", "unaccent", "fuzzystrmatch"):
        op.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")
    for language in LANGUAGES:
        stemmer = "simple" if language == "simple" else f"{language}_stem"
        op.execute(f"CREATE TEXT SEARCH CONFIGURATION plaza_{language} (COPY = {language})")
        op.execute(
            f"ALTER TEXT SEARCH CONFIGURATION plaza_{language} "
            f"ALTER MAPPING FOR hword, hword_part, word WITH unaccent, {stemmer}"
        )

    op.execute(
        """
        CREATE TABLE shop (
            id UUID NOT NULL,
            slug TEXT NOT NULL,
            name TEXT NOT NULL,
            tagline TEXT NOT NULL,
            about TEXT NOT NULL,
            country TEXT NOT NULL,
            currency TEXT NOT NULL,
            language TEXT NOT NULL,
            mark TEXT,
            cover TEXT,
            created_at TIMESTAMP WITH TIME ZONE NOT NULL,
            CONSTRAINT shop_pkey PRIMARY KEY (id),
            CONSTRAINT shop_slug_key UNIQUE (slug)
        )
        """
    )

    op.execute(
        """
        CREATE TABLE category (
            id UUID NOT NULL,
            parent_id UUID,
            slug TEXT NOT NULL,
            name TEXT NOT NULL,
            icon TEXT NOT NULL,
            position INTEGER NOT NULL,
            CONSTRAINT category_pkey PRIMARY KEY (id),
            CONSTRAINT category_parent_id_fkey FOREIGN KEY(parent_id) REFERENCES category (id),
            CONSTRAINT category_slug_key UNIQUE (slug)
        )
        """
    )

    op.execute(
        """
        CREATE TABLE picture (
            shop_id UUID NOT NULL,
            id UUID NOT NULL,
            source TEXT NOT NULL,
            state TEXT NOT NULL,
            content TEXT,
            width INTEGER,
            height INTEGER,
            colour TEXT,
            attempts INTEGER NOT NULL,
            reason TEXT,
            retry_at TIMESTAMP WITH TIME ZONE,
            created_at TIMESTAMP WITH TIME ZONE NOT NULL,
            CONSTRAINT picture_pkey PRIMARY KEY (shop_id, id),
            CONSTRAINT picture_shop_id_source_key UNIQUE (shop_id, source),
            CONSTRAINT picture_shop_id_fkey FOREIGN KEY(shop_id) REFERENCES shop (id) ON DELETE CASCADE,
            CONSTRAINT picture_picturestate_check CHECK (state IN ('pending', 'ready', 'failed'))
        )
        """
    )

    op.execute(
        """
        CREATE INDEX picture_retry_idx ON picture (retry_at) WHERE state = 'pending'
        """
    )

    op.execute(
        """
        CREATE TABLE listing (
            shop_id UUID NOT NULL,
            id UUID NOT NULL,
            slug TEXT NOT NULL,
            key TEXT NOT NULL,
            title TEXT NOT NULL,
            description TEXT NOT NULL,
            category_id UUID,
            condition TEXT NOT NULL,
            status TEXT NOT NULL,
            tags TEXT[] NOT NULL,
            attributes JSONB NOT NULL,
            options TEXT[] NOT NULL,
            currency TEXT NOT NULL,
            version INTEGER NOT NULL,
            created_at TIMESTAMP WITH TIME ZONE NOT NULL,
            updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
            CONSTRAINT listing_pkey PRIMARY KEY (shop_id, id),
            CONSTRAINT listing_shop_id_slug_key UNIQUE (shop_id, slug),
            CONSTRAINT listing_shop_id_key_key UNIQUE (shop_id, key),
            CONSTRAINT listing_shop_id_fkey FOREIGN KEY(shop_id) REFERENCES shop (id) ON DELETE CASCADE,
            CONSTRAINT listing_category_id_fkey FOREIGN KEY(category_id) REFERENCES category (id),
            CONSTRAINT listing_condition_check CHECK (condition IN ('new', 'used_like_new', 'used_good', 'refurbished')),
            CONSTRAINT listing_status_check CHECK (status IN ('draft', 'published', 'archived'))
        )
        """
    )

    op.execute(
        """
        CREATE INDEX listing_id_idx ON listing (id)
        """
    )

    op.execute(
        """
        CREATE TABLE variant (
            shop_id UUID NOT NULL,
            id UUID NOT NULL,
            listing_id UUID NOT NULL,
            position INTEGER NOT NULL,
            choice TEXT[] NOT NULL,
            sku TEXT NOT NULL,
            price BIGINT NOT NULL,
            compare_at BIGINT,
            picture_id UUID,
            CONSTRAINT variant_pkey PRIMARY KEY (shop_id, id),
            CONSTRAINT variant_shop_id_listing_id_fkey FOREIGN KEY(shop_id, listing_id) REFERENCES listing (shop_id, id) ON DELETE CASCADE,
            CONSTRAINT variant_shop_id_listing_id_choice_key UNIQUE (shop_id, listing_id, choice),
            CONSTRAINT variant_price_check CHECK (price > 0 AND price <= 1000000000),
            CONSTRAINT variant_compare_at_check CHECK (compare_at > price)
        )
        """
    )

    op.execute(
        """
        CREATE TABLE listing_picture (
            shop_id UUID NOT NULL,
            listing_id UUID NOT NULL,
            position INTEGER NOT NULL,
            picture_id UUID NOT NULL,
            alt TEXT DEFAULT '' NOT NULL,
            CONSTRAINT listing_picture_pkey PRIMARY KEY (shop_id, listing_id, position),
            CONSTRAINT listing_picture_shop_id_listing_id_fkey FOREIGN KEY(shop_id, listing_id) REFERENCES listing (shop_id, id) ON DELETE CASCADE,
            CONSTRAINT listing_picture_shop_id_picture_id_fkey FOREIGN KEY(shop_id, picture_id) REFERENCES picture (shop_id, id) ON DELETE CASCADE
        )
        """
    )

    op.execute(
        """
        CREATE INDEX listing_picture_picture_idx ON listing_picture (shop_id, picture_id)
        """
    )

    op.execute(
        """
        CREATE TABLE stock (
            shop_id UUID NOT NULL,
            variant_id UUID NOT NULL,
            tracked BOOLEAN NOT NULL,
            on_hand INTEGER NOT NULL,
            reserved INTEGER NOT NULL,
            sold INTEGER NOT NULL,
            CONSTRAINT stock_pkey PRIMARY KEY (shop_id, variant_id),
            CONSTRAINT stock_shop_id_variant_id_fkey FOREIGN KEY(shop_id, variant_id) REFERENCES variant (shop_id, id) ON DELETE CASCADE,
            CONSTRAINT stock_on_hand_check CHECK (on_hand >= 0),
            CONSTRAINT stock_reserved_check CHECK (reserved >= 0 AND (NOT tracked OR reserved <= on_hand)),
            CONSTRAINT stock_sold_check CHECK (sold >= 0)
        )
        """
    )

    op.execute(
        """
        CREATE TABLE stock_movement (
            shop_id UUID NOT NULL,
            id UUID NOT NULL,
            variant_id UUID NOT NULL,
            change INTEGER NOT NULL,
            on_hand INTEGER NOT NULL,
            reason TEXT NOT NULL,
            at TIMESTAMP WITH TIME ZONE NOT NULL,
            CONSTRAINT stock_movement_pkey PRIMARY KEY (shop_id, id),
            CONSTRAINT stock_movement_reason_check CHECK (reason IN ('opening', 'import', 'undo', 'edit'))
        )
        """
    )

    op.execute(
        """
        CREATE INDEX stock_movement_variant_idx ON stock_movement (shop_id, variant_id, at)
        """
    )

    op.execute(
        """
        CREATE TABLE listing_search (
            shop_id UUID NOT NULL,
            listing_id UUID NOT NULL,
            categories TEXT[] NOT NULL,
            facets TEXT[] NOT NULL,
            combinations TEXT[] NOT NULL,
            condition TEXT NOT NULL,
            price_min BIGINT NOT NULL,
            price_max BIGINT NOT NULL,
            in_stock BOOLEAN NOT NULL,
            quality REAL NOT NULL,
            listed_at TIMESTAMP WITH TIME ZONE NOT NULL,
            card JSONB NOT NULL,
            document TSVECTOR NOT NULL,
            CONSTRAINT listing_search_pkey PRIMARY KEY (shop_id, listing_id),
            CONSTRAINT listing_search_shop_id_listing_id_fkey FOREIGN KEY(shop_id, listing_id) REFERENCES listing (shop_id, id) ON DELETE CASCADE
        )
        """
    )

    op.execute(
        """
        CREATE INDEX listing_search_categories_idx ON listing_search USING gin (categories)
        """
    )

    op.execute(
        """
        CREATE INDEX listing_search_document_idx ON listing_search USING gin (document)
        """
    )

    op.execute(
        """
        CREATE INDEX listing_search_facets_idx ON listing_search USING gin (facets)
        """
    )

    op.execute(
        """
        CREATE INDEX listing_search_combinations_idx ON listing_search USING gin (combinations)
        """
    )

    op.execute(
        """
        CREATE INDEX listing_search_listed_idx ON listing_search (listed_at, listing_id)
        """
    )

    op.execute(
        """
        CREATE INDEX listing_search_price_idx ON listing_search (price_min, listing_id)
        """
    )

    op.execute(
        """
        CREATE INDEX listing_search_quality_idx ON listing_search (quality, listing_id)
        """
    )

    op.execute(
        """
        CREATE INDEX listing_search_shop_idx ON listing_search (shop_id, listed_at, listing_id)
        """
    )

    op.execute(
        """
        CREATE TABLE search_word (
            word TEXT NOT NULL,
            CONSTRAINT search_word_pkey PRIMARY KEY (word)
        )
        """
    )

    op.execute(
        """
        CREATE INDEX search_word_trigram_idx ON search_word USING gin (word gin_trgm_ops)
        """
    )

    op.execute(
        """
        CREATE TABLE import_run (
            shop_id UUID NOT NULL,
            id UUID NOT NULL,
            file_key TEXT NOT NULL,
            file_name TEXT NOT NULL,
            asked_format TEXT NOT NULL,
            format TEXT NOT NULL,
            encoding TEXT NOT NULL,
            mapping JSONB NOT NULL,
            dry_run BOOLEAN NOT NULL,
            state TEXT NOT NULL,
            message TEXT NOT NULL,
            next_product INTEGER NOT NULL,
            products INTEGER NOT NULL,
            rows INTEGER NOT NULL,
            created INTEGER NOT NULL,
            updated INTEGER NOT NULL,
            unchanged INTEGER NOT NULL,
            refused INTEGER NOT NULL,
            restored INTEGER NOT NULL,
            kept INTEGER NOT NULL,
            archived BOOLEAN NOT NULL,
            created_at TIMESTAMP WITH TIME ZONE NOT NULL,
            finished_at TIMESTAMP WITH TIME ZONE,
            CONSTRAINT import_run_pkey PRIMARY KEY (shop_id, id),
            CONSTRAINT import_run_shop_id_fkey FOREIGN KEY(shop_id) REFERENCES shop (id) ON DELETE CASCADE,
            CONSTRAINT import_run_format_check CHECK (asked_format IN ('auto', 'plaza', 'shopify', 'woocommerce')),
            CONSTRAINT import_run_runstate_check CHECK (state IN ('queued', 'running', 'finished', 'refused', 'undoing', 'undone', 'failed'))
        )
        """
    )

    op.execute(
        """
        CREATE INDEX import_run_id_idx ON import_run (id)
        """
    )

    op.execute(
        """
        CREATE TABLE import_row (
            shop_id UUID NOT NULL,
            run_id UUID NOT NULL,
            line INTEGER NOT NULL,
            product INTEGER,
            cells JSONB NOT NULL,
            outcome TEXT,
            note TEXT DEFAULT '' NOT NULL,
            CONSTRAINT import_row_pkey PRIMARY KEY (shop_id, run_id, line),
            CONSTRAINT import_row_shop_id_run_id_fkey FOREIGN KEY(shop_id, run_id) REFERENCES import_run (shop_id, id) ON DELETE CASCADE,
            CONSTRAINT import_row_outcome_check CHECK (outcome IN ('created', 'updated', 'unchanged', 'refused'))
        )
        """
    )

    op.execute(
        """
        CREATE INDEX import_row_product_idx ON import_row (shop_id, run_id, product)
        """
    )

    op.execute(
        """
        CREATE TABLE import_change (
            shop_id UUID NOT NULL,
            run_id UUID NOT NULL,
            key TEXT NOT NULL,
            before JSONB,
            version INTEGER NOT NULL,
            undone BOOLEAN NOT NULL,
            CONSTRAINT import_change_pkey PRIMARY KEY (shop_id, run_id, key),
            CONSTRAINT import_change_shop_id_run_id_fkey FOREIGN KEY(shop_id, run_id) REFERENCES import_run (shop_id, id) ON DELETE CASCADE
        )
        """
    )

    op.execute(
        """
        CREATE TABLE import_mapping (
            shop_id UUID NOT NULL,
            header TEXT NOT NULL,
            mapping JSONB NOT NULL,
            CONSTRAINT import_mapping_pkey PRIMARY KEY (shop_id, header),
            CONSTRAINT import_mapping_shop_id_fkey FOREIGN KEY(shop_id) REFERENCES shop (id) ON DELETE CASCADE
        )
        """
    )

    op.execute(
        """
        CREATE TABLE outbox (
            id UUID NOT NULL,
            queue TEXT NOT NULL,
            job TEXT NOT NULL,
            arguments JSONB NOT NULL,
            created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
            due_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
            sent_at TIMESTAMP WITH TIME ZONE,
            done_at TIMESTAMP WITH TIME ZONE,
            failed_at TIMESTAMP WITH TIME ZONE,
            attempts INTEGER DEFAULT '0' NOT NULL,
            error TEXT,
            PRIMARY KEY (id)
        )
        """
    )

    op.execute(
        """
        CREATE INDEX outbox_sent_idx ON outbox (sent_at) WHERE sent_at IS NOT NULL AND done_at IS NULL AND failed_at IS NULL
        """
    )

    op.execute(
        """
        CREATE INDEX outbox_waiting_idx ON outbox (due_at) WHERE sent_at IS NULL AND done_at IS NULL AND failed_at IS NULL
        """
    )

    op.execute(
        """
        CREATE TABLE document (
            collection TEXT NOT NULL,
            partition TEXT NOT NULL,
            sort TEXT COLLATE "C" NOT NULL,
            value JSONB NOT NULL,
            expires_at TIMESTAMP WITH TIME ZONE,
            CONSTRAINT document_pkey PRIMARY KEY (collection, partition, sort)
        )
        """
    )
    op.execute("CREATE INDEX document_expires_at ON document (expires_at) WHERE expires_at IS NOT NULL")
    op.execute(SEARCH_QUERY)
