{% include cookiecutter.task ~ "/model_config.py" %}
