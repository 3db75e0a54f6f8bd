// Every line breaks one arrow of the import table; the comment is what the check must say of it.
import 'knip' // test may not import the package knip
