{% include cookiecutter.task ~ "/sample.py" %}
