-- What a person chose for all browsers, and one account for one e-mail address: of accounts that told the same one the
-- oldest keeps it (an account is known by its provider's subject, never by the address; 0012). Short locks of one small
-- table. The old program ignores the theme; an address that is taken was refused by it already, but for two at once.

ALTER TABLE people ADD COLUMN theme text CHECK (theme IN ('system', 'light', 'dark'));
UPDATE people p SET email = NULL
 WHERE EXISTS (SELECT 1 FROM people o WHERE lower(o.email) = lower(p.email) AND (o.created_at, o.id) < (p.created_at, p.id));
CREATE UNIQUE INDEX people_by_email ON people (lower(email));
