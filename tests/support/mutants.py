"""Mistakes that people make in such projects. Each is a small change of a generated file which still runs, or seems to."""

from dataclasses import dataclass

CLASSIFICATION, DETECTION, SEGMENTATION = "classification", "detection", "segmentation"


@dataclass(frozen=True)
class Mutant:
    """A mistake.

    Attributes:
        name: What goes wrong.
        task: The kind of project that gets it; a shared file gets it in one of the three.
        file: In the package, or a path in the project.
        old: Occurs once in the file.
        new: What stands there instead.
        survives: Why nothing catches it; empty where something must.
    """

    name: str
    task: str
    file: str
    old: str
    new: str
    survives: str = ""


MUTANTS = [
    # Which images are used for what
    Mutant(
        "validation on training images",
        CLASSIFICATION,
        "data.py",
        'AnnotatedImages(self.splits["val"], self.classes, plain)',
        'AnnotatedImages(self.splits["train"], self.classes, plain)',
    ),
    Mutant(
        "training on all images",
        SEGMENTATION,
        "data.py",
        'AnnotatedImages(self.splits["train"], self.classes, augmented)',
        "AnnotatedImages(sum(self.splits.values(), []), self.classes, augmented)",
    ),
    Mutant(
        "testing on validation images",
        DETECTION,
        "data.py",
        'AnnotatedImages(self.splits["test"], self.classes, plain)',
        'AnnotatedImages(self.splits["val"], self.classes, plain)',
    ),
    Mutant(
        "divided images also stay in training",
        CLASSIFICATION,
        "splits.py",
        'return {"test": given.get("test", []), **splits}, f"',
        'return {"test": given.get("test", []), **splits, "train": divided}, f"',
    ),
    Mutant(
        "copies of an image on both sides",
        DETECTION,
        "splits.py",
        "copies[path] = first.setdefault(content, path)",
        "copies[path] = path",
    ),
    Mutant(
        "splits made anew in each run",
        SEGMENTATION,
        "splits.py",
        "kept = _load(file)",
        "kept = {}",
    ),
    Mutant(
        "training without shuffling",
        DETECTION,
        "data.py",
        "self._loader(self.train, shuffle=True,",
        "self._loader(self.train, shuffle=False,",
    ),
    Mutant(
        "last incomplete batch not validated",
        CLASSIFICATION,
        "data.py",
        "return self._loader(self.val)",
        "return self._loader(self.val, drop_last=True)",
    ),
    Mutant(
        "validation images augmented",
        SEGMENTATION,
        "data.py",
        "augmented, plain = train_transform(size), eval_transform(size)",
        "augmented = plain = train_transform(size)",
    ),
    Mutant(
        "training images not augmented",
        DETECTION,
        "data.py",
        "augmented, plain = train_transform(size), eval_transform(size)",
        "augmented = plain = eval_transform(size)",
    ),
    Mutant(
        "evaluation of augmented images",
        CLASSIFICATION,
        "data.py",
        'AnnotatedImages(samples, self.classes, eval_transform(self.hparams["image_size"]))',
        'AnnotatedImages(samples, self.classes, train_transform(self.hparams["image_size"]))',
    ),
    # What the model sees
    Mutant(
        "blue taken for red",
        CLASSIFICATION,
        "images.py",
        "image = decode_image(str(path), mode=ImageReadMode.RGB, apply_exif_orientation=True)",
        "image = decode_image(str(path), mode=ImageReadMode.RGB, apply_exif_orientation=True).flip(0)",
    ),
    Mutant(
        "orientation of photos ignored",
        DETECTION,
        "images.py",
        "apply_exif_orientation=True",
        "apply_exif_orientation=False",
    ),
    Mutant(
        "proportions lost",
        SEGMENTATION,
        "letterbox.py",
        "scale = size / max(height, width)\n    return max(1, round(height * scale)), max(1, round(width * scale))",
        "return size, size",
    ),
    Mutant(
        "mean and deviation swapped",
        CLASSIFICATION,
        "backbones.py",
        "return (config.mean, config.std)",
        "return (config.std, config.mean)",
    ),
    Mutant(
        "normalization dropped",
        DETECTION,
        "model.py",
        "normalized = (images - self.mean) / self.std",
        "normalized = images",
    ),
    Mutant(
        "normalization dropped in prediction alone",
        CLASSIFICATION,
        "model.py",
        "self(images).softmax(dim=1)",
        "self.net(images).softmax(dim=1)",
    ),
    Mutant(
        "normalization dropped in prediction alone",
        SEGMENTATION,
        "model.py",
        'logits = self(batch["image"]).float()\n        return',
        'logits = self.net(batch["image"]).float()\n        return',
    ),
    Mutant(
        "images to predict on from 0 to 255",
        DETECTION,
        "letterbox.py",
        "v2.ToDtype(torch.float32, scale=True)",
        "v2.ToDtype(torch.float32)",
    ),
    # Labels, boxes and masks
    Mutant(
        "labels shifted by one",
        CLASSIFICATION,
        "dataset.py",
        '"label": sample.label}',
        '"label": (sample.label + 1) % len(self.classes)}',
    ),
    Mutant(
        "classes in the order in which they are met",
        CLASSIFICATION,
        "readers.py",
        "sorted({name for folder in tree.values() for name in _class_folders(folder)})",
        "list(dict.fromkeys(name for folder in tree.values() for name in _class_folders(folder)))",
    ),
    Mutant(
        "labels counted from one, after a background",
        DETECTION,
        "readers.py",
        "index = {name: number for number, name in enumerate(names)}",
        "index = {name: number for number, name in enumerate(names, 1)}",
    ),
    Mutant(
        "categories in the order of the file",
        DETECTION,
        "readers.py",
        'sorted(content["categories"], key=lambda category: category["id"])',
        'content["categories"]',
    ),
    Mutant(
        "width and height of COCO taken for a corner",
        DETECTION,
        "readers.py",
        "(x, y, x + width, y + height)",
        "(x, y, width, height)",
    ),
    Mutant(
        "corners taken for width and height",
        DETECTION,
        "dataset.py",
        'format="XYXY"',
        'format="XYWH"',
    ),
    Mutant(
        "image flipped without its boxes",
        DETECTION,
        "transforms.py",
        "v2.RandomHorizontalFlip()",
        "v2.RandomApply([v2.Lambda(lambda part: part.flip(-1) if part.ndim == 3 else part)])",
    ),
    Mutant(
        "image flipped without its mask",
        SEGMENTATION,
        "transforms.py",
        "v2.RandomHorizontalFlip()",
        "v2.RandomApply([v2.Lambda(lambda part: part.flip(-1) if part.ndim == 3 else part)])",
    ),
    Mutant(
        "masks resized bilinearly",
        SEGMENTATION,
        "letterbox.py",
        "resized = F.resize(inpt, [height, width], antialias=True)",
        "resized = type(inpt)(F.resize_image(inpt.as_subclass(torch.Tensor)[None], [height, width], antialias=True)[0])",
    ),
    Mutant(
        "borders of the square are background",
        SEGMENTATION,
        "transforms.py",
        "MASK_FILL = {tv_tensors.Mask: IGNORED}",
        "MASK_FILL = {tv_tensors.Mask: 0}",
    ),
    Mutant(
        "images and masks paired by position",
        SEGMENTATION,
        "readers.py",
        "[Sample(path, mask_of[stem]) for stem, path in image_of.items() if stem in mask_of]",
        "[Sample(path, mask) for path, mask in zip(image_of.values(), mask_of.values(), strict=False)]",
    ),
    # Loss and optimization
    Mutant(
        "loss of the wrong sign",
        CLASSIFICATION,
        "model.py",
        "loss = F.cross_entropy(",
        "loss = -F.cross_entropy(",
    ),
    Mutant(
        "softmax before the cross-entropy",
        CLASSIFICATION,
        "model.py",
        "F.cross_entropy(logits,",
        "F.cross_entropy(logits.softmax(dim=1),",
    ),
    Mutant(
        "loss summed over the batch",
        CLASSIFICATION,
        "model.py",
        'if stage == "train" else 0.0)',
        'if stage == "train" else 0.0, reduction="sum")',
    ),
    Mutant(
        "labels smoothed in validation",
        CLASSIFICATION,
        "model.py",
        'label_smoothing=self.hparams["label_smoothing"] if stage == "train" else 0.0',
        'label_smoothing=self.hparams["label_smoothing"]',
    ),
    Mutant(
        "one of two losses lost",
        SEGMENTATION,
        "model.py",
        'loss = cross_entropy + self.dice_loss(logits, batch["mask"])',
        "loss = cross_entropy",
    ),
    Mutant(
        "loss of the boxes lost",
        DETECTION,
        "model.py",
        "torch.stack(list(self.net.compute_loss(targets, outputs, anchors, levels).values())).sum()",
        'self.net.compute_loss(targets, outputs, anchors, levels)["classification"]',
    ),
    Mutant(
        "ignored pixels counted in the loss",
        SEGMENTATION,
        "model.py",
        'F.cross_entropy(logits, batch["mask"], ignore_index=IGNORED, reduction="sum")',
        'F.cross_entropy(logits, batch["mask"] % IGNORED, reduction="sum")',
    ),
    Mutant(
        "frozen backbone",
        CLASSIFICATION,
        "model.py",
        "mean, std = normalization(backbone)",
        "self.net.requires_grad_(False).get_classifier().requires_grad_(True)\n        mean, std = normalization(backbone)",
    ),
    Mutant(
        "gradients stopped before the head",
        DETECTION,
        "model.py",
        "features = list(self.net.backbone(normalized).values())",
        "features = [level.detach() for level in self.net.backbone(normalized).values()]",
    ),
    Mutant(
        "optimizer gets the decoder alone",
        SEGMENTATION,
        "model.py",
        "return adamw_with_cosine(self, self.hparams",
        "self.net.encoder.requires_grad_(False)\n        return adamw_with_cosine(self, self.hparams",
    ),
    Mutant(
        "no step of the optimizer",
        DETECTION,
        "model.py",
        "self.save_hyperparameters()",
        "self.save_hyperparameters()\n        self.automatic_optimization = False",
    ),
    Mutant(
        "learning rate fixed in the code",
        SEGMENTATION,
        "optimizers.py",
        "lr=learning_rate",
        "lr=1e-5",
    ),
    Mutant(
        "schedule moves once an epoch",
        CLASSIFICATION,
        "optimizers.py",
        '"interval": "step"',
        '"interval": "epoch"',
    ),
    Mutant(
        "number of classes fixed in the code",
        DETECTION,
        "model.py",
        "num_classes=len(classes)",
        "num_classes=3",
    ),
    # Metrics
    Mutant(
        "metric over the last batch only",
        CLASSIFICATION,
        "model.py",
        'metrics.update(logits, batch["label"])',
        'metrics.reset()\n            metrics.update(logits, batch["label"])',
    ),
    Mutant(
        "metric averaged over batches",
        SEGMENTATION,
        "model.py",
        'metrics.update(logits.argmax(dim=1), batch["mask"])\n            self.log_dict(metrics,',
        'self.log_dict(metrics(logits.argmax(dim=1), batch["mask"]),',
    ),
    Mutant(
        "metric goes on over epochs",
        DETECTION,
        "model.py",
        "        metric.reset()\n",
        "",
    ),
    Mutant(
        "metric of shown boxes only",
        DETECTION,
        "model.py",
        'metric.update(self._decode(outputs, anchors, levels, batch["image"]), targets)',
        'metric.update(self.predict(batch["image"]), targets)',
    ),
    Mutant(
        "F1 of frequent classes",
        CLASSIFICATION,
        "model.py",
        'average="macro"',
        'average="micro"',
    ),
    Mutant(
        "validation metric under the name of the test",
        SEGMENTATION,
        "model.py",
        'self._step(batch, "val", self.val_metrics)',
        'self._step(batch, "val", self.test_metrics)',
    ),
    # Checkpoints and commands
    Mutant(
        "checkpoints may run code",
        CLASSIFICATION,
        "checkpoints.py",
        'torch.load(file, map_location="cpu", weights_only=True)',
        'torch.load(file, map_location="cpu", weights_only=False)',
    ),
    Mutant(
        "best checkpoint is the worst",
        DETECTION,
        "configs/callbacks/best_checkpoint.yaml",
        "mode: max",
        "mode: min",
    ),
    Mutant(
        "stops when it gets better",
        SEGMENTATION,
        "configs/callbacks/early_stopping.yaml",
        "mode: max",
        "mode: min",
    ),
    Mutant(
        "last weights tested instead of the best",
        CLASSIFICATION,
        "train.py",
        "ckpt_path=best if Path(best).is_file() else None",
        "ckpt_path=None",
    ),
    Mutant(
        "resuming ignores the checkpoint",
        SEGMENTATION,
        "train.py",
        "trainer.fit(model, datamodule=data, ckpt_path=cfg.ckpt_path)",
        "trainer.fit(model, datamodule=data)",
    ),
    Mutant(
        "resuming ignores the command line",
        DETECTION,
        "checkpoints.py",
        'if key in saved and f"{section}.{key}" not in explicit:',
        "if key in saved:",
    ),
    Mutant(
        "seed ignored",
        CLASSIFICATION,
        "train.py",
        "    L.seed_everything(cfg.seed, workers=True, verbose=False)\n",
        "",
    ),
    Mutant(
        "weights of the checkpoint not loaded",
        DETECTION,
        "checkpoints.py",
        "    load_weights(model, checkpoint)\n    return model.eval()",
        "    return model.eval()",
    ),
    Mutant(
        "classes taken from the data, not the checkpoint",
        DETECTION,
        "evaluate.py",
        ", classes=model.classes)",
        ")",
    ),
    Mutant(
        "class names sorted in prediction",
        CLASSIFICATION,
        "predict.py",
        "PredictionFiles(folder, model.classes)",
        "PredictionFiles(folder, sorted(model.classes))",
    ),
    Mutant(
        "predictions written in the wrong order",
        SEGMENTATION,
        "callbacks.py",
        'zip(batch["path"], outputs, strict=True)',
        'zip(sorted(batch["path"], reverse=True), outputs, strict=True)',
    ),
    Mutant(
        "last incomplete batch not predicted",
        CLASSIFICATION,
        "predict.py",
        "collate_fn=collate_unlabeled)",
        "collate_fn=collate_unlabeled, drop_last=True)",
        survives="Lightning takes the last batch of a prediction in any case, so nothing is lost",
    ),
    Mutant(
        "boxes in pixels of the square",
        DETECTION,
        "model.py",
        'boxes_on_image(found["boxes"], size, height, width)',
        'found["boxes"]',
    ),
    Mutant(
        "corners written where COCO has width and height",
        DETECTION,
        "writer.py",
        "for value in (left, top, right - left, bottom - top)]",
        "for value in (left, top, right, bottom)]",
    ),
    Mutant(
        "masks of the square stretched over the image",
        SEGMENTATION,
        "transforms.py",
        "content = logits[None, :, :fitted_height, :fitted_width]",
        "content = logits[None]",
    ),
    Mutant(
        "validation that never fails",
        CLASSIFICATION,
        "validate.py",
        "return outcomes[-1].status == 0",
        "return True",
    ),
    Mutant(
        "backbone misspelt in the main recipe",
        SEGMENTATION,
        "configs/model/default.yaml",
        "backbone: resnet18",
        "backbone: resnet-18",
    ),
]
