-- a save forces generic plans: 1
SELECT set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true);

-- listings are locked by their ids alone: 2, 6
SELECT id FROM listing WHERE id = ANY(%(ids)s) ORDER BY id FOR NO KEY UPDATE;

-- the top tier is locked and changed over all shops: 2, 6
WITH best AS MATERIALIZED (
  SELECT shop_id, listing_id, is_leading FROM listing_search
  WHERE (SELECT count(*) > %(count)s FROM (SELECT FROM listing_search LIMIT %(count)s + 1) AS first)
  ORDER BY quality DESC, listing_id DESC LIMIT %(count)s
), other AS (
  (SELECT shop_id, listing_id FROM listing_search WHERE is_leading EXCEPT ALL SELECT shop_id, listing_id FROM best)
  UNION ALL SELECT shop_id, listing_id FROM best WHERE NOT is_leading LIMIT %(limit)s
), changing AS (
  SELECT shop_id, listing_id, is_leading FROM listing_search WHERE (shop_id, listing_id) IN (SELECT * FROM other)
  ORDER BY listing_id FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE listing_search SET is_leading = NOT changing.is_leading FROM changing
WHERE (listing_search.shop_id, listing_search.listing_id) = (changing.shop_id, changing.listing_id)
RETURNING listing_search.listing_id;

-- changed favourites are counted and locked over all shops: 2, 6
WITH changed AS (DELETE FROM favourite_change RETURNING shop_id, listing_id), held AS (
  SELECT shop_id, id FROM listing WHERE (shop_id, id) IN (SELECT shop_id, listing_id FROM changed)
  ORDER BY id FOR KEY SHARE SKIP LOCKED
)
INSERT INTO favourite_count (shop_id, listing_id, followers)
SELECT shop_id, id, (SELECT count(*) FROM favourite WHERE favourite.listing_id = held.id) FROM held
ON CONFLICT (shop_id, listing_id) DO UPDATE SET followers = excluded.followers
WHERE favourite_count.followers <> excluded.followers RETURNING listing_id;

-- all favourites are counted and locked over all shops: 2, 6
WITH changed AS (SELECT shop_id, listing_id FROM favourite UNION SELECT shop_id, listing_id FROM favourite_count), held AS (
  SELECT shop_id, id FROM listing WHERE (shop_id, id) IN (SELECT shop_id, listing_id FROM changed)
  ORDER BY id FOR KEY SHARE SKIP LOCKED
)
INSERT INTO favourite_count (shop_id, listing_id, followers)
SELECT shop_id, id, (SELECT count(*) FROM favourite WHERE favourite.listing_id = held.id) FROM held
ON CONFLICT (shop_id, listing_id) DO UPDATE SET followers = excluded.followers
WHERE favourite_count.followers <> excluded.followers RETURNING listing_id;

-- pictures to fetch again are locked over all shops: 2, 6
SELECT picture.shop_id, picture.id, picture.source, picture.state, picture.content, picture.width, picture.height, picture.colour, picture.attempts, picture.reason, picture.retry_at, picture.created_at 
FROM picture 
WHERE picture.state = %(state_1)s::VARCHAR AND (picture.retry_at <= %(retry_at_1)s::TIMESTAMP WITH TIME ZONE OR picture.retry_at IS NULL AND picture.created_at < %(created_at_1)s::TIMESTAMP WITH TIME ZONE) 
 LIMIT %(param_1)s::INTEGER FOR UPDATE SKIP LOCKED;

-- abandoned imports are locked over all shops: 2, 6
SELECT import_run.shop_id, import_run.id, import_run.user_id, import_run.file_key, import_run.file_name, import_run.asked_format, import_run.format, import_run.encoding, import_run.mapping, import_run.fingerprint, import_run.columns, import_run.suggested, import_run.preview, import_run.dry_run, import_run.state, import_run.message, import_run.profile, import_run.next_product, import_run.products, import_run.rows, import_run.created, import_run.updated, import_run.unchanged, import_run.refused, import_run.restored, import_run.kept, import_run.changes, import_run.archived, import_run.created_at, import_run.began_at, import_run.moved_at, import_run.finished_at, import_run.staged_bytes 
FROM import_run 
WHERE import_run.state IN (%(state_1_1)s::VARCHAR, %(state_1_2)s::VARCHAR, %(state_1_3)s::VARCHAR, %(state_1_4)s::VARCHAR) FOR UPDATE SKIP LOCKED;

-- categories instead of results, with their parents: 2, 6
WITH RECURSIVE alike AS (
  SELECT slug, max(word_similarity(lower(unaccent(word)), lower(unaccent(name)))) AS likeness
  FROM category, unnest(CAST(%(words)s AS text[])) AS word WHERE length(word) > 2 GROUP BY slug
), named AS (
  SELECT slug, likeness FROM alike WHERE likeness >= 0.5 AND slug <> %(category)s AND (
    EXISTS (SELECT FROM listing_search WHERE categories @> ARRAY[slug] AND is_leading)
    OR EXISTS (SELECT FROM listing_search WHERE categories @> ARRAY[slug]))
), best AS MATERIALIZED (
  SELECT categories FROM listing_search WHERE document @@ CAST(%(query)s AS tsquery) AND is_leading
    AND NOT EXISTS (SELECT FROM named) LIMIT 300
), held AS (
  SELECT categories[cardinality(categories)] AS slug FROM (SELECT * FROM best UNION ALL (
    SELECT categories FROM listing_search WHERE document @@ CAST(%(query)s AS tsquery)
      AND NOT EXISTS (SELECT FROM named) AND NOT EXISTS (SELECT FROM best) LIMIT 300)) AS found
), chosen AS (
  SELECT slug, likeness FROM named
  UNION ALL SELECT slug, count(*) FROM held WHERE slug <> %(category)s GROUP BY slug
), near AS (
  SELECT parent_id, slug, name, row_number() OVER (ORDER BY likeness DESC, length(name), slug) AS row_num
  FROM chosen JOIN category USING (slug) ORDER BY row_num LIMIT 4
), up AS (
  SELECT row_num, parent_id, ARRAY[slug] AS path FROM near
  UNION ALL SELECT row_num, category.parent_id, category.slug || path FROM up JOIN category ON category.id = up.parent_id
)
SELECT ARRAY(SELECT jsonb_build_object('slug', slug, 'name', name, 'path', path) FROM near JOIN up USING (row_num)
    WHERE up.parent_id IS NULL ORDER BY row_num) AS categories;

-- a shop is locked: 4
SELECT shop.id 
FROM shop 
WHERE shop.id = %(id_1)s::UUID FOR NO KEY UPDATE;

-- a user is locked: 4
SELECT user_account.id, user_account.email, user_account.email_key, user_account.name, user_account.password_hash, user_account.role, user_account.email_verified_at, user_account.banned_at, user_account.totp_secret, user_account.totp_pending, user_account.totp_used_step, user_account.created_at 
FROM user_account 
WHERE user_account.id = %(id_1)s::UUID FOR NO KEY UPDATE;

-- a user is locked by e-mail address: 4
SELECT user_account.id, user_account.email, user_account.email_key, user_account.name, user_account.password_hash, user_account.role, user_account.email_verified_at, user_account.banned_at, user_account.totp_secret, user_account.totp_pending, user_account.totp_used_step, user_account.created_at 
FROM user_account 
WHERE user_account.email_key = %(email_key_1)s::VARCHAR FOR NO KEY UPDATE;

-- a notified user is locked against deletion: 4
INSERT INTO notification (user_id, id, kind, about, text, href, created_at)
SELECT id, %(id)s, %(kind)s, %(about)s, %(text)s, %(href)s, %(now)s FROM user_account WHERE id = %(user_id)s FOR KEY SHARE
ON CONFLICT DO NOTHING RETURNING id;

-- shops are locked that reopen: 4
SELECT shop.id 
FROM shop 
WHERE shop.holiday_until <= %(holiday_until_1)s::DATE ORDER BY shop.id FOR NO KEY UPDATE SKIP LOCKED;

-- words are counted: 4
WITH counted AS MATERIALIZED (
  SELECT word, ndoc FROM ts_stat(
    format('SELECT document FROM listing_search ORDER BY quality DESC, listing_id DESC LIMIT %%s', CAST(%(listings)s AS int)), 'ab')
), fresh AS (SELECT search_word.word, coalesce(ndoc, 0) AS ndoc FROM search_word LEFT JOIN counted USING (word))
UPDATE search_word SET listings = ndoc FROM fresh WHERE search_word.word = fresh.word AND listings <> ndoc
RETURNING search_word.word;

-- a listing by two slugs: 6
SELECT listing.*, category.slug AS category, shop.slug AS shop_slug, shop.name AS shop_name,
  shop.tagline AS shop_tagline, shop.country AS shop_country, shop.mark AS shop_logo, shop.language,
  shop.holiday_until, shop.holiday_note,
  (SELECT jsonb_agg(jsonb_build_object(
      'id', variant.id, 'choice', variant.choice, 'sku', variant.sku, 'price', variant.price,
      'compare_at', variant.compare_at, 'picture_id', variant.picture_id,
      'tracked', stock.tracked, 'on_hand', stock.on_hand, 'reserved', stock.reserved) ORDER BY variant.position)
   FROM variant JOIN stock ON (stock.shop_id, stock.variant_id) = (variant.shop_id, variant.id)
   WHERE (variant.shop_id, variant.listing_id) = (listing.shop_id, listing.id)) AS variants,
  (SELECT coalesce(jsonb_agg(jsonb_build_object(
      'id', picture.id, 'source', picture.source, 'state', picture.state, 'content', picture.content,
      'width', picture.width, 'height', picture.height, 'colour', picture.colour, 'alt', placed.alt)
      ORDER BY placed.position), '[]')
   FROM listing_picture placed JOIN picture ON (picture.shop_id, picture.id) = (placed.shop_id, placed.picture_id)
   WHERE (placed.shop_id, placed.listing_id) = (listing.shop_id, listing.id)) AS pictures
FROM listing JOIN shop ON shop.id = listing.shop_id LEFT JOIN category ON category.id = listing.category_id
WHERE shop.slug = %(shop)s AND listing.slug = %(listing)s AND listing.status = 'published';

-- a membership by slug: 6
SELECT shop_member.shop_id, shop_member.user_id, shop_member.role, shop_member.permissions, shop_member.created_at, shop_member.invited_by, shop.id, shop.slug, shop.name, shop.tagline, shop.about, shop.country, shop.currency, shop.language, shop.mark, shop.cover, shop.cover_alt, shop.shipping_policy, shop.returns_policy, shop.holiday_until, shop.holiday_note, shop.created_at AS created_at_1 
FROM shop_member JOIN shop ON shop.id = shop_member.shop_id 
WHERE shop_member.user_id = %(user_id_1)s::UUID AND shop.slug = %(slug_1)s::VARCHAR;

-- the memberships of a user: 6
SELECT shop_member.shop_id, shop_member.user_id, shop_member.role, shop_member.permissions, shop_member.created_at, shop_member.invited_by, shop.id, shop.slug, shop.name, shop.tagline, shop.about, shop.country, shop.currency, shop.language, shop.mark, shop.cover, shop.cover_alt, shop.shipping_policy, shop.returns_policy, shop.holiday_until, shop.holiday_note, shop.created_at AS created_at_1 
FROM shop_member JOIN shop ON shop.id = shop_member.shop_id 
WHERE shop_member.user_id = %(user_id_1)s::UUID ORDER BY shop.name, shop.slug;

-- the shops that a user owns are counted: 6
SELECT count(*) AS count_1 
FROM shop_member 
WHERE shop_member.user_id = %(user_id_1)s::UUID AND shop_member.role = %(role_1)s::VARCHAR;

-- other listings of a shop by slug: 6
SELECT card FROM (
  SELECT card, quality, listing_id FROM listing_search WHERE shop_id = (SELECT id FROM shop WHERE slug = %(shop)s)
    AND listing_id <> %(id)s ORDER BY listed_at DESC, listing_id DESC LIMIT 300
) AS newest ORDER BY quality DESC, listing_id DESC LIMIT 8;

-- the followers of listings: 6
SELECT DISTINCT favourite.user_id 
FROM favourite 
WHERE favourite.listing_id = ANY (%(param_1)s::UUID[]);

-- new words are upserted: 4
INSERT INTO search_word (word)
SELECT DISTINCT word FROM jsonb_to_recordset(CAST(%(rows)s AS jsonb)) AS row(title text, labels text),
  unnest(tsvector_to_array(to_tsvector('plaza_simple', title || ' ' || labels))) AS word
WHERE length(word) BETWEEN 3 AND 40 AND word !~ '[0-9]' ORDER BY word ON CONFLICT DO NOTHING;

-- uploads that did not arrive are locked over all shops: 2, 6
SELECT upload.shop_id, upload.id, upload.user_id, upload.purpose, upload.state, upload.key, upload.content_type, upload.size, upload.created_at, upload.expires_at, upload.ended_at, upload.reason, upload.picture_id, upload.content 
FROM upload 
WHERE upload.state = %(state_1)s AND upload.expires_at < %(expires_at_1)s::TIMESTAMP WITH TIME ZONE 
 LIMIT %(param_1)s::INTEGER FOR UPDATE SKIP LOCKED;

-- uploads whose job failed are locked over all shops: 2, 6
SELECT upload.shop_id, upload.id, upload.user_id, upload.purpose, upload.state, upload.key, upload.content_type, upload.size, upload.created_at, upload.expires_at, upload.ended_at, upload.reason, upload.picture_id, upload.content 
FROM upload 
WHERE upload.state = %(state_1)s AND upload.id IN (%(id_1_1)s::UUID) FOR UPDATE SKIP LOCKED;

-- completions look at the index: 2, 6
WITH typed AS (SELECT lower(unaccent(%(last)s)) AS beginning), prefix_matches AS MATERIALIZED (
  SELECT word, listings, word = (SELECT beginning FROM typed) AS is_whole FROM (
    SELECT word, listings FROM search_word
    WHERE word COLLATE "C" >= (SELECT beginning FROM typed)
      AND word COLLATE "C" < (SELECT beginning FROM typed) || U&'\+10FFFF' LIMIT 5000
  ) AS prefixed ORDER BY is_whole DESC, listings DESC, length(word), word LIMIT 12
), alike AS (
  SELECT word, listings, steps, likeness FROM (
    SELECT word, listings, levenshtein(word, beginning) AS steps, similarity(word, beginning) AS likeness
    FROM typed JOIN search_word ON word %% (SELECT beginning FROM typed)
    WHERE NOT EXISTS (SELECT FROM prefix_matches) AND length(beginning) > 2
    ORDER BY likeness DESC LIMIT 20
  ) AS near WHERE steps <= greatest(1, length((SELECT beginning FROM typed)) / 3) ORDER BY steps, likeness DESC LIMIT 3
), completing AS (
  SELECT word, listings, row_number() OVER (ORDER BY is_whole DESC, listings DESC, length(word), word) AS row_num FROM prefix_matches
  UNION ALL SELECT word, listings, row_number() OVER (ORDER BY steps, likeness DESC) FROM alike
)
SELECT ARRAY(SELECT word FROM completing ORDER BY row_num) AS words,
  ARRAY(SELECT listings >= 20 AND cardinality(CAST(%(earlier)s AS text[])) = 0 FROM completing ORDER BY row_num) AS common,
  CASE WHEN cardinality(CAST(%(earlier)s AS text[])) > 0
    THEN search_query(CAST(%(earlier)s AS text[]) || ARRAY[''])::text END AS earlier,
  coalesce((SELECT string_agg(quote_literal(word), ' | ') FROM completing WHERE row_num <= 2),
    search_query(CAST(%(words)s AS text[]))::text) AS likely,
  ARRAY(SELECT true FROM listing_search WHERE is_leading ORDER BY quality, listing_id LIMIT 1) AS top_tier,
  set_config('enable_seqscan', 'off', true), set_config('enable_indexscan', 'off', true);

-- suggestions with the parents of their categories: 2, 6
WITH RECURSIVE completing AS (
  SELECT word, is_common, row_num, CASE WHEN %(earlier)s = '' THEN quote_literal(word)::tsquery
    ELSE CAST(%(earlier)s AS tsquery) && quote_literal(word)::tsquery END AS query
  FROM unnest(CAST(%(completing)s AS text[]), CAST(%(common)s AS boolean[])) WITH ORDINALITY AS given(word, is_common, row_num)
), best AS MATERIALIZED (
  SELECT shop_id, listing_id FROM listing_search
  WHERE document @@ CAST(%(likely)s AS tsquery) AND is_leading LIMIT 60
), hits AS (
  SELECT * FROM best UNION (
    SELECT shop_id, listing_id FROM listing_search WHERE document @@ CAST(%(likely)s AS tsquery)
      AND (SELECT count(*) < 3 FROM best) LIMIT 60)
), near AS (
  SELECT id, parent_id, slug, name, row_number() OVER (ORDER BY
    starts_with(lower(unaccent(name)), lower(unaccent(%(typed)s))) DESC,
    strpos(' ' || lower(unaccent(name)), ' ' || lower(unaccent(%(last)s))) = 0, length(name), slug) AS row_num
  FROM category WHERE NOT EXISTS (
    SELECT FROM unnest(CAST(%(words)s AS text[])) AS term WHERE strpos(lower(unaccent(name)), lower(unaccent(term))) = 0)
  ORDER BY row_num LIMIT 3
), up AS (
  SELECT row_num, parent_id, ARRAY[slug] AS path FROM near
  UNION ALL SELECT row_num, category.parent_id, category.slug || path FROM up JOIN category ON category.id = up.parent_id
)
SELECT
  ARRAY(SELECT word FROM completing
    WHERE is_common OR EXISTS (SELECT FROM listing_search WHERE document @@ completing.query AND is_leading)
      OR (%(everywhere)s AND EXISTS (SELECT FROM listing_search WHERE document @@ completing.query))
    ORDER BY row_num LIMIT 7) AS completions,
  ARRAY(SELECT jsonb_build_object('slug', slug, 'name', name, 'path', path) FROM near JOIN up USING (row_num)
    WHERE up.parent_id IS NULL ORDER BY row_num) AS categories,
  ARRAY(SELECT card FROM hits JOIN listing_search USING (shop_id, listing_id)
    ORDER BY (0.75 + 0.25 * quality) * ts_rank('{0, 0.1, 0.2, 1}', document, CAST(%(likely)s AS tsquery), 1) DESC,
      listing_id DESC LIMIT 3) AS listings;

-- a search in a shop by slug: 6
WITH enough_everywhere AS MATERIALIZED (SELECT false AS yes),
top_tier_everywhere AS MATERIALIZED (SELECT shop_id, listing_id, categories, facets, condition, in_stock, price_min, listed_at, quality FROM listing_search WHERE document @@ CAST(%(query)s AS tsquery) AND shop_id = (SELECT id FROM shop WHERE slug = %(shop)s) AND is_leading AND (SELECT NOT yes FROM enough_everywhere) LIMIT 1000),
everywhere AS MATERIALIZED (
   SELECT * FROM top_tier_everywhere WHERE (SELECT count(*) >= 200 FROM top_tier_everywhere)
  UNION ALL (SELECT shop_id, listing_id, categories, facets, condition, in_stock, price_min, listed_at, quality FROM listing_search WHERE document @@ CAST(%(query)s AS tsquery) AND shop_id = (SELECT id FROM shop WHERE slug = %(shop)s) AND (SELECT NOT yes FROM enough_everywhere) AND NOT (SELECT count(*) >= 200 FROM top_tier_everywhere) LIMIT 1000)
), about_everywhere AS MATERIALIZED (
  SELECT false OR ((SELECT NOT yes FROM enough_everywhere) AND NOT (SELECT count(*) >= 200 FROM top_tier_everywhere)
    AND (SELECT count(*) < 1000 FROM everywhere)) AS is_whole
), counted AS NOT MATERIALIZED (SELECT * FROM everywhere), about_counted AS (SELECT * FROM about_everywhere), found AS NOT MATERIALIZED (SELECT * FROM counted), about_found AS (SELECT * FROM about_counted), page AS (
  SELECT card, listing_id, rank AS position, row_number() OVER (ORDER BY rank DESC, listing_id DESC) AS row_num
  FROM (SELECT card, listing_id, (1000000 * (0.75 + 0.25 * listing_search.quality) *
  ts_rank('{0.05, 0.2, 0.4, 1.0}', document, CAST(%(query)s AS tsquery), 1))::bigint AS rank FROM (SELECT shop_id, listing_id, quality FROM found ORDER BY quality DESC, listing_id DESC LIMIT 300) AS best JOIN listing_search USING (shop_id, listing_id)) AS found ORDER BY rank DESC, listing_id DESC LIMIT %(limit)s
)
SELECT
  (SELECT jsonb_agg(jsonb_build_object('card', card, 'id', listing_id, 'position', position) ORDER BY row_num) FROM page) AS page,
  (SELECT count(*) FROM found) AS total, (SELECT is_whole FROM about_found) AS is_total_exact,
  jsonb_build_object(
    'categories', (SELECT coalesce(jsonb_agg(jsonb_build_object('value', value, 'count', n) ORDER BY n DESC, value), '[]')
      FROM (SELECT unnest(categories) AS value, count(*) AS n FROM everywhere WHERE true
            GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 200) AS facet),
    'conditions', (SELECT coalesce(jsonb_agg(jsonb_build_object('value', value, 'count', n) ORDER BY n DESC, value), '[]')
      FROM (SELECT condition AS value, count(*) AS n FROM counted WHERE true
            GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 200) AS facet),
    'shops', (SELECT coalesce(jsonb_agg(jsonb_build_object('value', shop.slug, 'count', n) ORDER BY n DESC, shop.slug), '[]')
      FROM (SELECT shop_id, count(*) AS n FROM counted WHERE true
            GROUP BY 1 ORDER BY 2 DESC LIMIT 12) AS facet JOIN shop ON shop.id = shop_id),
    'price_bands', (SELECT coalesce(jsonb_agg(jsonb_build_object(
        'start', coalesce((ARRAY[2500, 5000, 10000, 25000, 50000]::bigint[])[band], 0), 'end', (ARRAY[2500, 5000, 10000, 25000, 50000]::bigint[])[band + 1], 'count', n) ORDER BY band), '[]')
      FROM (SELECT width_bucket(price_min, ARRAY[2500, 5000, 10000, 25000, 50000]::bigint[]) AS band, count(*) AS n FROM counted WHERE true GROUP BY 1) AS banded),
    'attributes', (SELECT coalesce(jsonb_object_agg(name, found), '{}') FROM (
      SELECT name, jsonb_agg(jsonb_build_object('value', value, 'count', n) ORDER BY n DESC, value) AS found FROM (
        SELECT split_part(key, '=', 1) AS name, substr(key, strpos(key, '=') + 1) AS value, n,
          row_number() OVER (PARTITION BY split_part(key, '=', 1) ORDER BY n DESC, key) AS row_num
        FROM (SELECT key, count(*) AS n FROM counted, unnest(facets) AS key WHERE true GROUP BY key) AS keyed
      ) AS named WHERE row_num <= 12 GROUP BY name) AS facet) || jsonb_build_object()
  ) || (SELECT jsonb_build_object(
      'in_stock', count(*) FILTER (WHERE in_stock AND true),
      'price_min', min(price_min) FILTER (WHERE true), 'price_max', max(price_min) FILTER (WHERE true)) FROM counted) AS facets;

-- listings by their ids alone: 6
SELECT listing.*, category.slug AS category, shop.slug AS shop_slug, shop.name AS shop_name,
  shop.tagline AS shop_tagline, shop.country AS shop_country, shop.mark AS shop_logo, shop.language,
  shop.holiday_until, shop.holiday_note,
  (SELECT jsonb_agg(jsonb_build_object(
      'id', variant.id, 'choice', variant.choice, 'sku', variant.sku, 'price', variant.price,
      'compare_at', variant.compare_at, 'picture_id', variant.picture_id,
      'tracked', stock.tracked, 'on_hand', stock.on_hand, 'reserved', stock.reserved) ORDER BY variant.position)
   FROM variant JOIN stock ON (stock.shop_id, stock.variant_id) = (variant.shop_id, variant.id)
   WHERE (variant.shop_id, variant.listing_id) = (listing.shop_id, listing.id)) AS variants,
  (SELECT coalesce(jsonb_agg(jsonb_build_object(
      'id', picture.id, 'source', picture.source, 'state', picture.state, 'content', picture.content,
      'width', picture.width, 'height', picture.height, 'colour', picture.colour, 'alt', placed.alt)
      ORDER BY placed.position), '[]')
   FROM listing_picture placed JOIN picture ON (picture.shop_id, picture.id) = (placed.shop_id, placed.picture_id)
   WHERE (placed.shop_id, placed.listing_id) = (listing.shop_id, listing.id)) AS pictures
FROM listing JOIN shop ON shop.id = listing.shop_id LEFT JOIN category ON category.id = listing.category_id
WHERE listing.id = ANY(%(ids)s);

-- imports that were not finished are locked over all shops: 2, 6
SELECT import_run.shop_id, import_run.id, import_run.user_id, import_run.file_key, import_run.file_name, import_run.asked_format, import_run.format, import_run.encoding, import_run.mapping, import_run.fingerprint, import_run.columns, import_run.suggested, import_run.preview, import_run.dry_run, import_run.state, import_run.message, import_run.profile, import_run.next_product, import_run.products, import_run.rows, import_run.created, import_run.updated, import_run.unchanged, import_run.refused, import_run.restored, import_run.kept, import_run.changes, import_run.archived, import_run.created_at, import_run.began_at, import_run.moved_at, import_run.finished_at, import_run.staged_bytes 
FROM import_run 
WHERE import_run.user_id IS NOT NULL AND import_run.archived IS false AND (import_run.state IN (%(state_1_1)s::VARCHAR, %(state_1_2)s::VARCHAR) OR import_run.state = %(state_2)s::VARCHAR AND import_run.dry_run) AND (import_run.state = %(state_3)s::VARCHAR AND import_run.created_at < %(created_at_1)s::TIMESTAMP WITH TIME ZONE OR import_run.created_at < %(created_at_2)s::TIMESTAMP WITH TIME ZONE) 
 LIMIT %(param_1)s::INTEGER FOR UPDATE SKIP LOCKED;
