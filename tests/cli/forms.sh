# The same table in every form gives the same bytes on every backend; each damaged form is refused.
PYTHONPATH=$CLI/../matrix python3 "$CLI/../matrix/forms.py"
