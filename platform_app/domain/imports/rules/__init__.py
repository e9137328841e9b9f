"""Reading what other shops export: the file, its format, and each format's way to say what a product is."""
